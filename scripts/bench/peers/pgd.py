"""PGD on ResNet-18 in evaluation mode: steps along the sign of the gradient, kept within eps and in [0, 1]."""
import torch
import torch.nn.functional as F
from peer import serve
from resnet import ResNet


def prepare(settings):
    torch.manual_seed(0)
    torch.set_num_threads(settings["threads"])
    model = ResNet().eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    x = torch.rand(settings["images"], 3, 32, 32)
    y = torch.arange(settings["images"]) % 10
    eps, alpha = settings["eps"], settings["alpha"]

    def attack():
        for images, labels in zip(x.split(settings["batch"]), y.split(settings["batch"])):
            current = images.clone()
            for _ in range(settings["steps"]):
                current.requires_grad_(True)
                (gradient,) = torch.autograd.grad(F.cross_entropy(model((current - 0.5) / 0.25), labels), current)
                moved = current.detach() + alpha * gradient.sign()
                current = torch.min(torch.max(moved, images - eps), images + eps).clamp(0, 1)

    return attack


serve(prepare)
