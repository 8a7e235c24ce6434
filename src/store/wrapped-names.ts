/** What DataParallel and torch.compile put before every name of the network they wrap, one around the other or not. */
const wrappers = ["module.", "_orig_mod."];

/** Entries under the names that they have in the network itself: wrappers' prefixes come off where all names have them. */
export function withoutWrappers<T>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const wrapper = wrappers.find((prefix) => [...entries.keys()].every((name) => name.startsWith(prefix)));
  if (wrapper === undefined || entries.size === 0) return entries;
  return withoutWrappers(new Map([...entries].map(([name, entry]) => [name.slice(wrapper.length), entry])));
}

/** Whether a name is one for a moving average of the weights, kept beside them: "model_ema", "ema_model.". */
export const isAverage = (name: string): boolean => /(^|[._-])ema([._-]|$)/i.test(name);
