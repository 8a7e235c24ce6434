"""Numbers of scikit-learn for test/fixtures/classifiers.json.

    pip install scikit-learn==1.9.1 && python scripts/reference/classifiers.py > test/fixtures/classifiers.json

The table comes from a formula that the test repeats. Classifiers are solved far more tightly than by default, so that the
solution is compared and not the way there.
"""

import json

import numpy as np
import sklearn
from sklearn.calibration import _SigmoidCalibration
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC, LinearSVC

ROWS, COLUMNS, TRAIN = 90, 6, 60

i, j = np.arange(ROWS)[:, None], np.arange(COLUMNS)[None, :]
labels = np.arange(ROWS) * 7 % 5 < 2
X = np.sin(1.7 * i + 0.9 * j + 0.31 * i * j) + 0.6 * labels[:, None] * (j < 2)
X = X.astype(np.float32).astype(np.float64)
y = labels.astype(int)

logistic = LogisticRegression(C=1, tol=1e-10, max_iter=10000).fit(X[:TRAIN], y[:TRAIN])
# The intercept is penalised in this library; a large scaling makes that vanish.
linear = LinearSVC(C=1, dual=False, tol=1e-12, intercept_scaling=1e3, max_iter=100000).fit(X[:TRAIN], y[:TRAIN])
# The whole table, train or not, divided by its rows' root mean square length.
scaled = X / np.sqrt((X**2).sum(1).mean())
logistic_scaled = LogisticRegression(C=1, tol=1e-10, max_iter=10000).fit(scaled[:TRAIN], y[:TRAIN])
radial = SVC(C=1, gamma="scale", tol=1e-8).fit(X[:TRAIN], y[:TRAIN])
decisions = radial.decision_function(X)
sigmoid = _SigmoidCalibration().fit(decisions, y)


def numbers(values):
    return [float(f"{v:.9g}") for v in np.ravel(values)]


print(
    json.dumps(
        {
            "versions": {"sklearn": sklearn.__version__, "numpy": np.__version__},
            "rows": ROWS,
            "columns": COLUMNS,
            "train": TRAIN,
            "input_check": [[r, c, float(X[r, c])] for r, c in [(0, 0), (3, 1), (41, 5), (89, 2)]],
            "positives": int(y.sum()),
            "logistic": {
                "coefficients": numbers(logistic.coef_),
                "intercept": numbers(logistic.intercept_)[0],
                "probabilities": numbers(logistic.predict_proba(X)[:, 1]),
            },
            "logistic_scaled": {"probabilities": numbers(logistic_scaled.predict_proba(scaled)[:, 1])},
            "linear_svm": {
                "coefficients": numbers(linear.coef_),
                "intercept": numbers(linear.intercept_)[0],
                "decisions": numbers(linear.decision_function(X)),
            },
            "kernel_svm": {
                "gamma": float(radial._gamma),
                "support": len(radial.support_),
                "decisions": numbers(decisions),
            },
            "sigmoid": {"slope": float(-sigmoid.a_), "offset": float(-sigmoid.b_)},
        }
    )
)
