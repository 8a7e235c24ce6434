/**
 * What crafting costs of one image, in forward passes through the network; a backward pass costs as much for the images
 * and as much again for the weights. gradient: forward, and back to the weights; imageGradient: forward, and back to the image.
 */
export const passes = { gradient: 3, imageGradient: 2 } as const;
