import { attacks } from "../attacks/registry.js";

const width = 34;

/** What `--attack_opt` takes, for `--help`: a block an attack. */
export const attackOptionsHelp = (): string =>
  Object.entries(attacks)
    .map(([attack, { options }]) =>
      [
        `Options of --attack ${attack} (--attack_opt name=value):`,
        ...Object.entries(options).map(([name, { default: value, help, accepts }]) => {
          const words = typeof accepts === "string" ? "" : ` (${accepts.join(", ")})`;
          return `  ${`${name}=${value}`.padEnd(width)}${help}${words}`;
        }),
      ].join("\n"),
    )
    .join("\n\n");
