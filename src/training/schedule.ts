/**
 * Cosine annealing (torch.optim.lr_scheduler.CosineAnnealingLR, eta_min 0): the rate of 0-based epoch `epoch`. Past
 * `period` it climbs again, as PyTorch's does.
 */
export const cosineRate = (initialRate: number, epoch: number, period: number): number =>
  (initialRate * (1 + Math.cos((Math.PI * epoch) / period))) / 2;
