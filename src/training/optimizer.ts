import { kernels } from "../engine/kernels/index.js";
import type { MomentRule } from "../engine/kernels/kernels.js";
import { tf } from "../engine/tf.js";
import { fromPytorchLayout, tensorShape, toPytorchLayout } from "../nn/layout.js";
import type { StateEntry } from "../nn/state-entry.js";
import type { StateDict } from "../store/state-dict.js";

export type OptimizerName = "sgd" | "adam" | "radam";

/** Updates parameters from gradients, PyTorch's arithmetic. Holds state between steps; dispose it. */
export interface Optimizer {
  learningRate: number;
  /** Borrows the gradients. Entries without one stay as they are. */
  step(gradients: ReadonlyMap<StateEntry, tf.Tensor>): void;
  /** State arrays named `{slot}.{parameter}` in PyTorch's layout, and the number of steps as `step`. */
  stateDict(): Promise<StateDict>;
  /** @param entries the parameters this optimizer trains */
  loadStateDict(state: StateDict, entries: readonly StateEntry[]): void;
  dispose(): void;
}

export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum?: number;
  /** Added to the gradient, times the parameter. */
  readonly weightDecay?: number;
  readonly nesterov?: boolean;
}

/** SGD as torch.optim.SGD with dampening 0. Defaults: momentum 0.9, weight decay 5e-4, Nesterov. */
export function sgd(settings: SgdSettings): Optimizer {
  const { momentum = 0.9, weightDecay = 5e-4, nesterov = true } = settings;
  const state = slots(["momentum_buffer"]);
  const optimizer: Optimizer = {
    learningRate: settings.learningRate,
    step(gradients) {
      const entries = [...gradients];
      const parameters = entries.map(([entry, gradient]) => ({
        gradient,
        value: entry.value,
        velocity: state.get(entry, "momentum_buffer"),
      }));
      const rule = { learningRate: optimizer.learningRate, momentum, weightDecay, nesterov };
      let k = 0;
      for (const { value, velocity } of kernels().sgd(parameters, rule)) {
        const [entry] = entries[k++];
        state.set(entry, "momentum_buffer", velocity);
        entry.value = value;
      }
      state.steps++;
    },
    stateDict: () => state.save(),
    loadStateDict: (saved, entries) => state.load(saved, entries),
    dispose: () => state.dispose(),
  };
  return optimizer;
}

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/** Adam as torch.optim.Adam: betas 0.9 and 0.999, eps 1e-8, no decay. */
export const adam = (settings: { learningRate: number }): Optimizer =>
  momentOptimizer(settings.learningRate, (step) => ({
    correction: 1,
    divisor: Math.sqrt(1 - beta2 ** step),
    epsilon,
  }));

/**
 * Rectified Adam as torch.optim.RAdam, without decay (Liu et al., arXiv:1908.03265). Its first five steps follow the
 * averaged gradient itself, so that their length depends on the gradient's.
 */
export const radam = (settings: { learningRate: number }): Optimizer =>
  momentOptimizer(settings.learningRate, (step) => {
    const unbias = 1 - beta2 ** step;
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * step * beta2 ** step) / unbias;
    if (length <= 5) return undefined;
    const variance = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
    return { correction: Math.sqrt(variance * unbias), divisor: 1, epsilon };
  });

/** @param scaledAt how a step, counted from 1, is scaled by the running mean of the gradient squared */
function momentOptimizer(learningRate: number, scaledAt: (step: number) => MomentRule["scaled"]): Optimizer {
  const state = slots(["exp_avg", "exp_avg_sq"]);
  const optimizer: Optimizer = {
    learningRate,
    step(gradients) {
      state.steps++;
      const entries = [...gradients];
      const parameters = entries.map(([entry, gradient]) => {
        const [first, second] = [state.get(entry, "exp_avg"), state.get(entry, "exp_avg_sq")];
        return { gradient, value: entry.value, moments: first && second && { first, second } };
      });
      const factor = optimizer.learningRate / (1 - beta1 ** state.steps);
      const rule = { beta1, beta2, factor, scaled: scaledAt(state.steps) };
      let k = 0;
      for (const { value, moments } of kernels().moments(parameters, rule)) {
        const [entry] = entries[k++];
        state.set(entry, "exp_avg", moments.first);
        state.set(entry, "exp_avg_sq", moments.second);
        entry.value = value;
      }
    },
    stateDict: () => state.save(),
    loadStateDict: (saved, entries) => state.load(saved, entries),
    dispose: () => state.dispose(),
  };
  return optimizer;
}

const optimizers = { sgd, adam, radam } as const satisfies Record<
  OptimizerName,
  (settings: { learningRate: number }) => Optimizer
>;

/** The optimizer of that name with its usual settings (method: training). */
export const createOptimizer = (name: OptimizerName, learningRate: number): Optimizer =>
  optimizers[name]({ learningRate });

/** Named state tensors of each parameter. */
function slots(names: readonly string[]) {
  const tensors = new Map<string, { shape: readonly number[]; value: tf.Tensor }>();
  const key = (entry: StateEntry, slot: string) => `${slot}.${entry.name}`;
  return {
    steps: 0,
    get: (entry: StateEntry, slot: string): tf.Tensor | undefined => tensors.get(key(entry, slot))?.value,
    set(entry: StateEntry, slot: string, value: tf.Tensor): void {
      const previous = tensors.get(key(entry, slot))?.value;
      if (previous !== value) previous?.dispose();
      tensors.set(key(entry, slot), { shape: entry.shape, value: tf.keep(value) });
    },
    async save(): Promise<StateDict> {
      const saved: StateDict = new Map();
      // The order in which gradients came must not show: a training that went on has another one.
      const byName = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [name, { shape, value }] of byName) {
        saved.set(name, {
          shape: [...shape],
          data: toPytorchLayout(shape, await value.data()),
          dtype: "float32",
        });
      }
      saved.set("step", { shape: [], data: Float32Array.of(this.steps), dtype: "int64" });
      return saved;
    },
    load(saved: StateDict, entries: readonly StateEntry[]): void {
      const step = saved.get("step");
      if (!step) throw new Error("The optimizer's state has no step count.");
      this.dispose();
      this.steps = step.data[0];
      for (const entry of entries) {
        for (const slot of names) {
          const found = saved.get(key(entry, slot));
          if (!found) continue;
          if (`${found.shape}` !== `${entry.shape}`)
            throw new Error(`The optimizer's ${key(entry, slot)} is [${found.shape}], not [${entry.shape}].`);
          const data = fromPytorchLayout(entry.shape, found.data);
          this.set(entry, slot, tf.tensor(data, tensorShape(entry.shape), "float32"));
        }
      }
    },
    dispose(): void {
      for (const { value } of tensors.values()) value.dispose();
      tensors.clear();
    },
  };
}
