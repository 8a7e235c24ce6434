/** How batch norm's shaders cut float32 [positions, channels]; the constants of their WGSL. */
export interface ChannelGroups {
  readonly constants: Readonly<Record<"LANES" | "ROWS", number>>;
  /** Workgroups along the channels. */
  readonly across: number;
}

const threads = 256;

/** LANES neighbouring channels, so that a read is one of whole lines of memory, by ROWS positions at a time. */
export function channelGroups(channels: number): ChannelGroups {
  const lanes = channels > 16 ? 32 : 16;
  return {
    constants: { LANES: lanes, ROWS: threads / lanes },
    across: Math.ceil(channels / lanes),
  };
}

/** Positions that a workgroup takes at least. */
const leastPositions = 128;

/** Into how many slices the positions are cut; each slice's sums are a part that the next pass reads. */
export function slicesFor(positions: number, { across }: ChannelGroups, groups: number): number {
  const wanted = Math.ceil(512 / (across * groups));
  return Math.max(1, Math.min(wanted, 64, Math.ceil(positions / leastPositions)));
}
