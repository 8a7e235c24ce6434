"""The original's sample level: each sample alone; weights put back, one step, all of the state flattened, differences."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from peer import serve
from resnet import ResNet


def flat(model):
    return torch.cat([value.detach().reshape(-1).float() for value in model.state_dict().values()])


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, c))


class ViT(nn.Module):
    def __init__(self, width, heads, hidden, blocks, patch, side, classes=10):
        super().__init__()
        self.patch = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, width) * 0.02)
        self.blocks = nn.ModuleList(nn.ModuleList([
            nn.LayerNorm(width), Attention(width, heads), nn.LayerNorm(width),
            nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))]) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.positions
        for norm1, attention, norm2, mlp in self.blocks:
            x = x + attention(norm1(x))
            x = x + mlp(norm2(x))
        return self.head(self.norm(x)[:, 0])


def prepare(settings):
    torch.manual_seed(0)
    torch.set_num_threads(settings["threads"])
    side = settings["side"]
    model = ViT(**settings["vit"], side=side) if "vit" in settings else ResNet()
    model.train(settings["trainingMode"])
    start = {name: value.clone() for name, value in model.state_dict().items()}
    before = flat(model)
    features = torch.randperm(len(before))[: settings["features"]]
    x = torch.randn(settings["samples"], 3, side, side)
    y = torch.full((settings["samples"],), 2)

    def capture():
        rows = []
        for i in range(settings["samples"]):
            model.load_state_dict(start)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4, nesterov=True)
            F.cross_entropy(model(x[i : i + 1]), y[i : i + 1]).backward()
            optimizer.step()
            rows.append((flat(model) - before)[features])
        torch.stack(rows)

    return capture


serve(prepare)
