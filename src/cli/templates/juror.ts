import { CHAIN_SECTION, KEY_COMMENT } from "./chainSection.ts";

/** What `credence juror init` writes. */
export const JUROR_TEMPLATE = `// Configuration of "credence juror run". Guide: docs/juror/guide.md. Check it with "credence config check juror <file>".
{
${CHAIN_SECTION}
  keys: {
    // Of your account, or of its voting key, which can neither move stake nor credit.
${KEY_COMMENT}
    sender: { keystore: "juror-key.json" },
  },
  // Whose ballots they are, if the key above is a voting key.
  // account: "0x…",

  // What the program remembers: your votes and their salts. Back it up after you have voted.
  journal: "juror.sqlite",

  // Anybody may name and fix the seeds of panels; without them nobody has a seat.
  seeds: { enabled: true, gasPerDay: "0.01 ether", jitterSeconds: 30 },

  // Hours before a deadline at which you are reminded: in the log, and at a URL of yours that takes JSON.
  reminders: {
    hours: [24, 6, 1],
    // webhook: "https://example.org/hook",
  },

  // Ballots are claimed, cases settled, contributions withdrawn; credit is taken out from this many tokens on.
  collect: { enabled: true, minCredit: "1" },

  // Prometheus: http://127.0.0.1:9464/metrics, and /healthz.
  metrics: { port: 9464 },
  log: { level: "info" },
}
`;
