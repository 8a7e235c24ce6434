"""Numbers of NumPy and scikit-learn for test/fixtures/detectors.json.

    pip install scikit-learn==1.9.1 && python scripts/reference/detectors.py > test/fixtures/detectors.json

Features and logits come from a formula that the test repeats. Each detector is written as its definition reads, without what makes
ours fast.
"""

import json

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

CLASSES, D, OWN, OTHER, POISONS = 6, 8, 60, 30, 12
N = OWN + (CLASSES - 1) * OTHER
SHARE = POISONS / N

y = np.r_[np.zeros(OWN, int), np.repeat(np.arange(1, CLASSES), OTHER)]
i, c = np.arange(N)[:, None], np.arange(D)[None, :]
noise = np.sin(1.7 * i + 0.9 * c + 0.31 * i * c) + np.sin(0.013 * i * i + 2.1 * c)
is_poison = np.arange(N) < POISONS
H = 3.0 * (c == y[:, None]) + 0.8 * noise + is_poison[:, None] * (2.5 * (c == 1) + 3.0 * (c == 7))
H = H.astype(np.float32).astype(np.float64)
Z = (1.5 * H[:, :CLASSES]).astype(np.float32).astype(np.float64)
EARLIER = (0.5 * Z).astype(np.float32).astype(np.float64)
members = np.arange(OWN)
# Told to be clean: the last members, and the first ten of every other class.
trusted = np.arange(40, OWN)
others = np.concatenate([OWN + (k - 1) * OTHER + np.arange(10) for k in range(1, CLASSES)])


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def activation_clustering():
    x = PCA(n_components=D, svd_solver="full").fit_transform(H[members])
    km = KMeans(n_clusters=2, n_init=20, random_state=0).fit(x)
    sizes = np.bincount(km.labels_)
    small = int(np.argmin(sizes))
    d = np.linalg.norm(x[:, None] - km.cluster_centers_[None], axis=2)
    return d[:, 1 - small] - d[:, small], (km.labels_ == small) & (sizes[small] / OWN < 0.35)


def top(scores, count):
    k = int(min(np.floor(count + 1e-9), len(scores) // 2))
    flags = np.zeros(len(scores), bool)
    flags[np.argsort(-scores, kind="stable")[:k]] = True
    return flags


def spectral():
    m = H[members] - H[members].mean(0)
    v = np.linalg.svd(m, full_matrices=False)[2][0]
    s = (m @ v) ** 2
    return s, top(s, 1.5 * SHARE * N)


def knn(k):
    nn = NearestNeighbors(n_neighbors=k + 1, metric="cosine", algorithm="brute").fit(H)
    found = nn.kneighbors(H[members], return_distance=False)
    s = np.array([1 - np.mean(y[[j for j in row if j != r][:k]] == 0) for r, row in zip(members, found)])
    return s, s > 0.5


def robust(s):
    mad = np.median(np.abs(s - np.median(s)))
    return s, 0.6745 * (s - np.median(s)) > 3.5 * mad


P, P0 = softmax(Z), softmax(EARLIER)
E, E0 = P - np.eye(CLASSES)[y], P0 - np.eye(CLASSES)[y]
h1 = np.sqrt((H**2).sum(1) + 1)


def loss(z_all):
    ce = np.mean([-np.log(softmax(z)[np.arange(N), y]) for z in z_all], 0)
    return -ce[members], ce[members] < np.sort(ce)[int(0.01 * N)]


def margin():
    q = P.copy()
    q[np.arange(N), y] = -1
    return (P[np.arange(N), y] - q.max(1))[members]


def strip():
    # The network is linear: what is laid over an image adds its logits. Overlays are 16 rows of other classes.
    overlays = OWN + 9 * np.arange(16)
    q = softmax(Z[members][:, None] + Z[overlays][None]) + 1e-8
    e = -(q * np.log(q)).sum(2).mean(1)
    return -e, e < np.percentile(e[trusted], 10)


def prediction_shift():
    # Dropout scales an image's logits by 1 - rate * strength, strength of the row.
    strength = 0.5 + 0.5 * np.sin(members) ** 2
    predicted = P[members].argmax(1)
    before = P[members, predicted]

    def shift(rate):
        return before - softmax(Z[members] * (1 - rate * strength)[:, None])[members, predicted]

    best = max([0.1, 0.3, 0.5, 0.7, 0.9], key=lambda rate: shift(rate).var())
    s = shift(best)
    return -s, s < np.percentile(s[trusted], 10), best


def scan_statistics():
    rows = np.r_[members[trusted], others]
    x = PCA(n_components=D, svd_solver="full").fit_transform(H)
    t, ty = x[rows], y[rows]
    ks = np.unique(ty)
    mu = np.array([t[ty == k].mean(0) for k in ks])

    def covariances(mu):
        return np.cov(mu.T), np.cov((t - mu[np.searchsorted(ks, ty)]).T)

    def mean_of(x, su, se):
        return su @ np.linalg.inv(len(x) * su + se) @ x.sum(0)

    su, se = covariances(mu)
    for _ in range(100):
        mu = np.array([mean_of(t[ty == k], su, se) for k in ks])
        new = covariances(mu)
        moved = np.linalg.norm(new[0] - su) + np.linalg.norm(new[1] - se)
        su, se = new
        if moved < 1e-5:
            break
    f = np.linalg.pinv(se)
    # A group nearer by f is a cluster of 2-means where f is the identity.
    w = np.linalg.cholesky(f)

    def terms(x):
        m = mean_of(x, su, se)
        labels = KMeans(n_clusters=2, n_init=50, random_state=0).fit(x @ w).labels_
        u = np.array([x[labels == g].mean(0) for g in (0, 1)])
        a, b = x - m, x - u[labels]
        return np.einsum("ij,jk,ik->i", a, f, a) - np.einsum("ij,jk,ik->i", b, f, b), labels

    own, labels = terms(x[members])
    j = np.array([own.mean()] + [terms(x[y == k])[0].mean() for k in range(1, CLASSES)])
    spread = 1.4826 * np.median(np.abs(j - np.median(j)))
    counts = [(labels[trusted] == g).sum() for g in (0, 1)]
    return own, (abs(j[0] - np.median(j)) > np.e**2 * spread) & (labels == int(np.argmin(counts)))


def isolation():
    counts = np.zeros(OWN)
    shares = [0.1, 0.15, 0.2, 0.25, 0.3]
    for p in (P0, P):
        g = p[members] - np.eye(CLASSES)[y[members]]
        d = np.linalg.norm(g[:, None] - g[None], axis=2).astype(np.float32).astype(np.float64)
        nearest, order = np.full(OWN, d.max()), []
        while len(order) < int(np.ceil(0.3 * OWN)):
            gains = np.maximum(0, nearest[None] - d).sum(1)
            gains[order] = -1
            order.append(int(np.argmax(gains)))
            nearest = np.minimum(nearest, d[order[-1]])
        for share in shares:
            chosen = np.array(order[: int(np.ceil(share * OWN))])
            owner = chosen[d[:, chosen].argmin(1)]
            owner[chosen] = chosen
            for m in chosen:
                counts[m] += (owner == m).sum() == 1
    s = counts / 2 / len(shares)
    return s, s > 0.5


def numbers(values):
    return [float(f"{v:.9g}") for v in np.ravel(values)]


def entry(scores, flags, *_):
    return {"scores": numbers(scores), "flagged": [int(f) for f in flags]}


shifted = prediction_shift()
print(
    json.dumps(
        {
            "versions": {"sklearn": sklearn.__version__, "numpy": np.__version__},
            "input_check": [[r, k, float(H[r, k])] for r, k in [(0, 0), (11, 7), (59, 3), (200, 5)]],
            "rate": shifted[2],
            "detectors": {
                "activation_clustering": entry(*activation_clustering()),
                "spectral": entry(*spectral()),
                "scan_statistics": entry(*scan_statistics()),
                "strip": entry(*strip()),
                "psbd": entry(*shifted),
                "deep_knn": entry(*knn(2 * round(SHARE * N))),
                "knn": entry(*knn(50)),
                "loss": entry(*loss([Z])),
                "early_loss": entry(*loss([EARLIER])),
                "low_margin": entry(*robust(-margin())),
                "high_margin": entry(*robust(margin())),
                "el2n": entry(*robust(np.linalg.norm(E, axis=1)[members])),
                "grand": entry(*robust((np.linalg.norm(E, axis=1) * h1)[members])),
                "tracin": entry(
                    *robust(((np.linalg.norm(E, axis=1) * h1) ** 2 + (np.linalg.norm(E0, axis=1) * h1) ** 2)[members])
                ),
                "isolation": entry(*isolation()),
            },
        }
    )
)
