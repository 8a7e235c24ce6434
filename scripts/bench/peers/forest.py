"""scikit-learn's random forest: trained on the first rows, area under the ROC curve on the others."""
import numpy as np
from peer import serve
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score


def prepare(settings):
    rows, cols, train = settings["rows"], settings["cols"], settings["trainRows"]
    x = np.fromfile(settings["matrix"], dtype=np.float32).reshape(rows, cols)
    y = np.fromfile(settings["labels"], dtype=np.uint8)

    def fit():
        forest = RandomForestClassifier(
            n_estimators=settings["trees"], max_depth=settings["depth"], n_jobs=-1, random_state=0)
        forest.fit(x[:train], y[:train])
        return {"auc": roc_auc_score(y[train:], forest.predict_proba(x[train:])[:, 1])}

    return fit


serve(prepare)
