import type { Artefact } from "./artefact.js";
import type { ArtefactState } from "./artefact-state.js";
import type { StageDefinition, StageRead } from "./stage-definition.js";

/** What a stage would do. */
interface Step {
  readonly text: string;
  /** It would refuse to run, and later stages would not come to their turn. */
  readonly stops?: true;
}

/** What is there, by path. */
export type ArtefactStates = ReadonlyMap<string, ArtefactState>;

/** What stages would do, in their order, up to the first that refuses. */
export function nextSteps<Name extends string>(
  stages: readonly StageDefinition<Name>[],
  states: ArtefactStates,
  force: boolean,
): { stage: Name; text: string }[] {
  const steps: { stage: Name; text: string }[] = [];
  const walk = new Walk(states, force);
  for (const stage of stages) {
    const { text, stops } = walk.step(stage);
    steps.push({ stage: stage.name, text });
    if (stops) break;
  }
  return steps;
}

/** Goes through the stages, and remembers what earlier ones make. */
class Walk {
  readonly #states: ArtefactStates;
  readonly #force: boolean;
  readonly #made = new Set<string>();

  constructor(states: ArtefactStates, force: boolean) {
    this.#states = states;
    this.#force = force;
  }

  step({ work, reads, writes, repeats, reportsOnly }: StageDefinition): Step {
    const [result] = writes;
    if (reportsOnly) {
      const { path } = result;
      const isThere = this.#stateOf(result).kind === "done";
      return isThere ? { text: `report the result of ${path}` } : refuse(`there is no ${path}`);
    }
    for (const read of reads) {
      const trouble = this.#missing(read);
      if (trouble) return trouble;
    }
    if (repeats) {
      this.#made.add(result.path);
      return { text: this.#stateOf(result).kind === "missing" ? work : `${work} again` };
    }
    const isThere = this.#stateOf(result).kind === "done" && !this.#force;
    const own = this.#make(result, work);
    if (own.stops || isThere) return own;
    const first = reads.flatMap((read) => this.#makeFirst(read) ?? []);
    const stopped = first.find(({ stops }) => stops);
    return stopped ?? { text: [...first, own].map(({ text }) => text).join(", then ") };
  }

  #stateOf({ path }: Artefact): ArtefactState {
    const state = this.#states.get(path);
    if (!state) throw new Error(`The status lacks ${path}.`);
    return state;
  }

  /** @param work what is to be done when nothing is there yet */
  #make(artefact: Artefact, work: string): Step {
    const { path } = artefact;
    const { kind, position, reasons, writer } = this.#stateOf(artefact);
    if (this.#made.has(path) || (kind === "done" && !this.#force))
      return { text: `nothing: ${path} is there` };
    this.#made.add(path);
    if (writer !== undefined) return refuse(`${path}: ${writer}`);
    if (this.#force) return { text: kind === "missing" ? work : `${work}, anew (--force)` };
    if (kind === "half done") return { text: `go on from ${position}` };
    if (kind === "missing") return { text: work };
    return refuse(`${path}: ${describeTrouble(kind, reasons)} (--force makes it anew)`);
  }

  /** What a stage makes before its own work; undefined when it has nothing to make. */
  #makeFirst({ artefact, from }: StageRead): Step | undefined {
    if (typeof from === "string" || this.#made.has(artefact.path)) return undefined;
    if (this.#stateOf(artefact).kind !== "done" || this.#force) return this.#make(artefact, from.work);
    const lacking = from.needs.find((beside) => this.#stateOf(beside).kind !== "done");
    if (!lacking) return undefined;
    const { kind } = this.#stateOf(lacking);
    return refuse(`${lacking.path}: ${kind}; --force makes both again`);
  }

  /** Why a stage cannot run without an earlier one; undefined when it can. */
  #missing({ artefact, from }: StageRead): Step | undefined {
    const { kind, reasons } = this.#stateOf(artefact);
    if (typeof from !== "string" || kind === "done" || this.#made.has(artefact.path)) return undefined;
    if (kind === "made otherwise" || kind === "damaged")
      return refuse(`${artefact.path}: ${describeTrouble(kind, reasons)}`);
    return refuse(`there is no ${artefact.path}; --${from} comes first`);
  }
}

const refuse = (why: string): Step => ({ text: `stop: ${why}`, stops: true });

const describeTrouble = (kind: ArtefactState["kind"], reasons: readonly string[]): string =>
  kind === "damaged" ? "damaged" : `made otherwise: ${reasons.join(", ")}`;
