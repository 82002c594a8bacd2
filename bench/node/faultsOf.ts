import type { SigkillReport } from "./sigkill.ts";

/** What must be nothing. */
const NOTHING = [
  "doubleReceipts",
  "lostReceipts",
  "journalDiffers",
  "wrongBytes",
  "doubleAnchors",
  "strayBatches",
  "unwritten",
  "failedTransactions",
] as const;

/** One sentence for each thing that a crash must not do and did; none if all is well. */
export function faultsOf(report: SigkillReport): string[] {
  const faults = NOTHING.filter((name) => report[name] !== 0).map((name) => `${name} is ${report[name]}, expected 0`);
  if (report.anchorable !== 0) faults.push(`${report.anchorable} receipts were left out of every batch`);
  if (report.unexplainedWei !== "0") faults.push(`${report.unexplainedWei} wei left the sender for no transaction`);
  if (report.unexplainedLocks !== "0") faults.push(`${report.unexplainedLocks} are locked for no answer`);
  return faults;
}
