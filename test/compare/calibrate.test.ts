import { expect, test } from "vitest";
import { calibrate } from "../../src/compare/calibrate.js";
import type { Detector } from "../../src/compare/detector.js";
import { detectors } from "../../src/compare/registry.js";
import { createRng, shuffle } from "../../src/random/rng.js";
import { constructedSubject } from "./constructed.js";

const { classes, isPoison } = constructedSubject();
const [one] = classes;
const calibration = { splits: 2, fdr: 0.1, level: 0.05 };
const { signal } = new AbortController();
const calibrated = (detector: Detector, of = one, stream = "test") =>
  calibrate(detector, of, calibration, createRng(stream), signal);

test("who is told of no trusted image has all of them ranked, who is told of some those of which it is not", async () => {
  const { spectral } = detectors;
  const { verdict } = await calibrated(spectral);
  expect(verdict.reference.rows).toHaveLength(one.trusted.length);
  const half = await calibrated({ ...spectral, usesTrusted: true });
  // Two splits, half of the images in each.
  expect(half.verdict.reference.rows.length).toBeLessThan(one.trusted.length);
  expect(verdict.p).toBeLessThan(half.verdict.p ?? 0);
});

test.each(["spectral", "low_margin", "knn"] as const)(
  "where suspects and trusted images are drawn alike, %s alarms no more often than the level says",
  async (name) => {
    const clean = one.examined.members.filter((member) => !isPoison?.(one, member));
    const examined = { ...one.examined, members: clean };
    const p: number[] = [];
    for (let draw = 0; draw < 100; draw++) {
      const drawn = shuffle(
        createRng(`roles-${draw}`),
        Int32Array.from(clean, (_, i) => i),
      );
      const [suspects, trusted] = [drawn.slice(0, 45), drawn.slice(45)];
      const { verdict } = await calibrated(
        detectors[name],
        { ...one, examined, suspects, trusted },
        `${draw}`,
      );
      p.push(verdict.p ?? 1);
    }
    const atMost = (level: number) => p.filter((value) => value <= level).length;
    // 10 and 50 of 100 but for chance: these are three standard deviations more.
    expect(atMost(0.1)).toBeLessThanOrEqual(19);
    expect(atMost(0.5)).toBeLessThanOrEqual(65);
  },
);
