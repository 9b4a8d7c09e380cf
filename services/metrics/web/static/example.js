// A made-up data set to try the page with: 1,000 digits, read by a model that errs as models do.

const OFTEN = { 2: 7, 3: 5, 4: 9, 5: 3, 6: 0, 7: 1, 8: 3, 9: 4 };
const SAMPLES = 1000;

/** Numbers in [0, 1) that are the same each time (mulberry32). */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The example as CSV: truth, prediction and ten probabilities for each sample. */
export function example() {
  const roll = dice(7);
  const lines = [["digit", "read_as", ...Array.from({ length: 10 }, (_, d) => `p_${d}`)].join(",")];
  for (let i = 0; i < SAMPLES; i += 1) {
    const digit = Math.floor(roll() * 10);
    const scores = Array.from({ length: 10 }, () => roll() * 2.2);
    scores[digit] += 1 + roll() * 5;
    if (digit in OFTEN) scores[OFTEN[digit]] += roll() * 2.6;
    const powers = scores.map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    const shares = powers.map((it) => (it / sum).toFixed(5));
    lines.push([digit, scores.indexOf(Math.max(...scores)), ...shares].join(","));
  }
  return lines.join("\n");
}
