/** A loss of the margin y * f: how far a row lies on its own label's side, with y = 1 or -1 and f the decision value. */
export interface MarginLoss {
  value(margin: number): number;
  /** d value / d margin */
  slope(margin: number): number;
}

/** log(1 + exp(-margin)): logistic regression. */
export const logisticLoss: MarginLoss = {
  value: (margin) => Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin))),
  slope: (margin) => -1 / (1 + Math.exp(margin)),
};

/** max(0, 1 - margin)^2: scikit-learn's LinearSVC. */
export const squaredHingeLoss: MarginLoss = {
  value: (margin) => Math.max(0, 1 - margin) ** 2,
  slope: (margin) => -2 * Math.max(0, 1 - margin),
};
