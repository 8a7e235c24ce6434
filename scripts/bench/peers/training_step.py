"""One training step of ResNet-18: forward, backward, SGD with momentum 0.9, weight decay 5e-4, Nesterov."""
import torch
import torch.nn.functional as F
from peer import serve
from resnet import ResNet


def prepare(settings):
    torch.manual_seed(0)
    torch.set_num_threads(settings["threads"])
    model = ResNet().train()
    if settings["channelsLast"]:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    x = torch.randn(settings["batch"], 3, 32, 32)
    if settings["channelsLast"]:
        x = x.contiguous(memory_format=torch.channels_last)
    y = torch.arange(settings["batch"]) % 10

    def step():
        for _ in range(settings["steps"]):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        loss.item()

    return step


serve(prepare)
