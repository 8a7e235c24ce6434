/**
 * How many images a share of a class is, in whole images.
 * @param share in (0, 1]
 */
export function shareOfClass(size: number, share: number, rounding: "down" | "up" = "down"): number {
  // The small term keeps products such as 0.57 * 5000 from losing (or gaining) an image by rounding.
  return rounding === "down" ? Math.floor(size * share + 1e-6) : Math.ceil(size * share - 1e-6);
}
