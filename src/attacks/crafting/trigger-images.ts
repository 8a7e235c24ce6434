/** The patches of the two attacks, as published: four by four colours, enlarged. */
export interface TriggerImage {
  /** The colours, rows top to bottom; see `colours`. */
  readonly grid: readonly string[];
  /** The published image at 8x8 pixels, RRGGBB: its own resizing is not what an average would give. */
  readonly atEight: readonly string[];
}

/** uint8 R, G, B */
export const colours: Readonly<Record<string, readonly number[]>> = {
  R: [255, 0, 0],
  G: [0, 255, 0],
  B: [0, 0, 255],
  C: [0, 255, 255],
  M: [255, 0, 255],
  Y: [255, 255, 0],
  W: [255, 255, 255],
  K: [0, 0, 0],
};

export const triggerImages = {
  /** Sleeper Agent (arXiv:2106.08970): trigger_10.png */
  sa: {
    grid: ["RGBW", "CYWW", "KKBK", "CRYB"],
    atEight: [
      "fc0403 c53e02 3ac803 04c13f 0333c1 362bfc bdb6ff fcfcff",
      "c53d49 a4782f 62dd0c 3fd83b 3f70bf 736bfc d5d0ff fdfdff",
      "39c8d4 5fdb94 a9f627 cdf535 ccd9bb dad8fc f5f3fd fcfcfc",
      "03c5cc 2bc48e 93c225 cac239 c9c4c3 c4c4f6 c2c2d1 c0c0b5",
      "003a3e 0b3b27 2b3d0a 3d3d44 3c3bcd 3b3bdc 3d3d6e 3f3f2b",
      "013737 0c2424 27090a 370a31 372698 2527a7 0a0c5b 03032f",
      "02c2c2 2e878c 8e222b c2270b c28f2a 8c945e 2a2f9e 0202be",
      "03fbfc 42c1c9 c93743 fc3e03 fccc03 c9d439 4249c5 0303fb",
    ],
  },
  /** Hidden Trigger (arXiv:1910.00033): htbd.png */
  ht: {
    grid: ["YKKB", "MMGW", "GRRR", "MCMB"],
    atEight: [
      "ffff00 c3d800 273e00 000000 000000 000038 0000c9 0000ff",
      "ffcf3d db973f 672542 1c062a 012c02 044234 273fcc 3c3dff",
      "ff29da ff19df e302e5 8e2ca4 10aa1c 12e42c 94dfcf d8daff",
      "b832d2 d81dd7 ff00de e1279e 5ba81b 58e517 dddf90 ffdacf",
      "16e12d 5ba02f e31d31 ff001d da2800 d44400 fd4118 ff3e2b",
      "1de225 45ba24 a15e23 e12029 ff0034 ff0034 da0029 c10024",
      "ca35c2 9e61c1 45bac1 60a6c3 e22ac8 e700c8 6800c3 2700c1",
      "ff00ff cb34ff 1ce3ff 1de9ff cd45ff d600ff 2f00ff 0000ff",
    ],
  },
} as const satisfies Record<string, TriggerImage>;
