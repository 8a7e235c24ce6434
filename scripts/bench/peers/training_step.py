"""One training step of ResNet-18: forward, backward, SGD with momentum 0.9, weight decay 5e-4, Nesterov."""
import torch
import torch.nn.functional as F
from peer import serve
from resnet import ResNet


def device_of(settings):
    """The GPU where the settings name how its work is done; else the processor."""
    if "half" not in settings:
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def prepare(settings):
    torch.manual_seed(0)
    torch.set_num_threads(settings["threads"])
    device = device_of(settings)
    # As ours: float32 is float32, without TensorFloat-32.
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False
    model = ResNet().train().to(device)
    if settings["channelsLast"]:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    side = settings.get("side", 32)
    x = torch.randn(settings["batch"], 3, side, side, device=device)
    if settings["channelsLast"]:
        x = x.contiguous(memory_format=torch.channels_last)
    y = torch.arange(settings["batch"], device=device) % 10
    half = settings.get("half", False)
    scaler = torch.amp.GradScaler(device, enabled=half and device == "cuda")

    def step():
        for _ in range(settings["steps"]):
            optimizer.zero_grad()
            with torch.autocast(device, dtype=torch.float16, enabled=half and device != "cpu"):
                loss = F.cross_entropy(model(x), y)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        loss.item()
        return {"gpu": int(device != "cpu")}

    return step


serve(prepare)
