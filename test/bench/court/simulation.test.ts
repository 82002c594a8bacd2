import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { simulate, type SimulationReport } from "../../../bench/court/simulation.ts";

/** CI simulates some hundred cases; the committed report has 10,000. */
const CASES = Number(process.env.CREDENCE_COURT_CASES ?? 500);
const REPORT = new URL("../../../bench/court/report.json", import.meta.url);
/** Standard errors by which a frequency may miss its probability: 1 in 16,000 does by chance, and seeds are fixed. */
const SIGMAS = 4;
/** What the design says of a 20 % attacker, rounded to a figure or two. */
const DESIGN = [
  { seats: 15, turnout: 100, error: 0.005 },
  { seats: 15, turnout: 70, error: 0.035 },
  { seats: 61, turnout: 100, error: 3e-7 },
  { seats: 61, turnout: 70, error: 3e-4 },
];
const ROUNDING = 0.15;

describe("bench/court/simulation", () => {
  let simulated: SimulationReport;
  let committed: SimulationReport;

  before(async () => {
    simulated = simulate(CASES);
    committed = JSON.parse(await readFile(REPORT, "utf8")) as SimulationReport;
  });

  const both = (): SimulationReport[] => [simulated, committed];

  /** Numbers that are not whole, which chai's own closeTo is not for here. */
  function assertNear(actual: number, expected: number, bound: number, what: string): void {
    const isNear = Math.abs(actual - expected) <= bound;
    expect(isNear, `${what}: ${String(actual)}, expected ${String(expected)} ± ${String(bound)}`).to.equal(true);
  }

  it("a panel has as many seats as it should, on average", () => {
    for (const { cases, meanSeats } of both()) {
      for (const [round, expected] of [15, 61].entries()) {
        // Seats are sums of independent draws, whose variance is at most their mean.
        assertNear(meanSeats[round]!, expected, SIGMAS * Math.sqrt(expected / cases), "mean of the seats");
      }
    }
  });

  it("a panel errs as often as its seats' distribution says, against each attacker", () => {
    for (const { cases, panels } of both()) {
      expect(panels).to.have.length(12);
      for (const { seats, attacker, turnout, wrong, exact } of panels) {
        const bound = SIGMAS * Math.sqrt(cases * exact * (1 - exact)) + 1; // one case, where none is to be expected
        const what = `${String(seats)} seats, attacker ${String(attacker)} %, turnout ${String(turnout)} %`;
        assertNear(wrong, cases * exact, bound, what);
      }
    }
  });

  it("the design's figures are those of ever smaller holders, and fewer, larger ones err less", () => {
    for (const { seats, turnout, error } of DESIGN) {
      const { exact, limit } = simulated.panels.find(
        (panel) => panel.attacker === 20 && panel.seats === seats && panel.turnout === turnout,
      )!;
      assertNear(limit, error, ROUNDING * error, `${String(seats)} seats, turnout ${String(turnout)} %`);
      expect(exact < limit, "fewer, larger holders err less").to.equal(true);
    }
  });

  it("with appeals an attacker never wins whom the honest who come outweigh", () => {
    for (const { cases, appeals } of both()) {
      for (const { attacker, turnout, wrong, wrongIfBothAppeal, rounds } of appeals) {
        const isOutweighed = attacker < ((100 - attacker) * turnout) / 100;
        expect([wrong, wrongIfBothAppeal]).to.deep.equal(isOutweighed ? [0, 0] : [rounds[1], cases]);
        expect(rounds[1]).to.be.at.most(rounds[0]);
      }
    }
  });

  it("the committed report is of this arithmetic: its probabilities are today's", () => {
    const probabilities = ({ panels }: SimulationReport) => panels.map(({ exact, limit }) => ({ exact, limit }));
    expect(committed.cases).to.equal(10_000);
    expect(probabilities(committed)).to.deep.equal(probabilities(simulated));
  });
});
