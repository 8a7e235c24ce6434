import { expect, test } from "vitest";
import { nearestAmong } from "../../../src/report/nearest.js";
import { fairShare } from "../../../src/scan/fair-share.js";

test("places are shared out fairly", () => {
  expect(fairShare([5, 0, 2, 9], 9)).toEqual([4, 0, 2, 3]);
  expect(fairShare([1, 2], 100)).toEqual([1, 2]);
  expect(fairShare([], 3)).toEqual([]);
});

test("the nearest are those in units of each column's deviation, and never the image itself", () => {
  // The second column varies a hundred times as much, the third not at all.
  const data = Float32Array.from([0, 0, 7, 3, 0, 7, 0, 100, 7, 0, 300, 7]);
  const nearest = nearestAmong({ cols: 3, data }, Int32Array.from([0, 1, 2, 3]), 2);
  expect([...nearest(0)]).toEqual([2, 1]);
  expect([...nearest(3)]).toEqual([2, 0]);
});
