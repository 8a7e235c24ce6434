/**
 * Assigns rows to columns one to one with the least total cost: Hungarian algorithm with potentials, which adds a row at a
 * time along a shortest augmenting path (Jonker and Volgenant, Computing 38, 1987); O(n³).
 * @param costs [n, n]
 * @returns int32 [n], the row of each column
 */
export function minimumCostAssignment(costs: ArrayLike<number>, n: number): Int32Array {
  const rowPotential = new Float64Array(n);
  const columnPotential = new Float64Array(n);
  const rowOf = new Int32Array(n).fill(-1);
  for (let row = 0; row < n; row++) {
    const distance = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
    const previousColumn = new Int32Array(n).fill(-1);
    const done = new Uint8Array(n);
    let [column, current] = [-1, row];
    do {
      // Shortest reduced distances from `row` to the columns that are left, over the row reached last.
      let [nearest, shortest] = [-1, Number.POSITIVE_INFINITY];
      for (let j = 0; j < n; j++) {
        if (done[j]) continue;
        const length = costs[current * n + j] - rowPotential[current] - columnPotential[j];
        if (length < distance[j]) {
          distance[j] = length;
          previousColumn[j] = column;
        }
        if (distance[j] < shortest) [nearest, shortest] = [j, distance[j]];
      }
      // Potentials move so that every column reached so far is at distance 0.
      rowPotential[row] += shortest;
      for (let j = 0; j < n; j++) {
        if (done[j]) {
          columnPotential[j] -= shortest;
          rowPotential[rowOf[j]] += shortest;
        } else distance[j] -= shortest;
      }
      if (nearest < 0) throw new Error("A cost is not a finite number.");
      done[nearest] = 1;
      column = nearest;
      current = rowOf[column];
    } while (current >= 0);
    while (column >= 0) {
      const before = previousColumn[column];
      rowOf[column] = before < 0 ? row : rowOf[before];
      column = before;
    }
  }
  return rowOf;
}
