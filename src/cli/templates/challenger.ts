import { CHAIN_SECTION, KEY_COMMENT } from "./chainSection.ts";

/** What `credence challenger init` writes. */
export const CHALLENGER_TEMPLATE = `// Configuration of "credence challenger run". Check it with "credence config check challenger <file>".
{
${CHAIN_SECTION}
  keys: {
    // Pays bonds and gas, and is paid bounties.
${KEY_COMMENT}
    sender: { keystore: "challenger-key.json" },
  },
  journal: "challenger.sqlite",

  // Part of the answers that is replayed, 0 to 1.
  share: 1,
  // What can be replayed here. { kind: "lande" } is the language model that comes with the package; a network of your
  // own is { kind: "network", path: "network.json" }.
  models: [
    // { modelId: "0x…", source: { kind: "lande" } },
  ],

  // Most that may be in bonds at one time, in tokens, and most for gas in a day, in ether.
  budget: { bonds: "500", gasEth: "0.1", maxOpenGames: 10 },

  // What operators serve is fetched with these limits; allowPrivateAddresses: true where they run on your own network.
  fetch: { timeoutSeconds: 15, maxBytes: 8388608, allowPrivateAddresses: false },

  // Credit is claimed from this many tokens on.
  claimFrom: "1",
  // true: nothing is sent, only logged. false once you have seen what it would do.
  dryRun: true,

  // Prometheus: http://127.0.0.1:9465/metrics, and /healthz.
  metrics: { port: 9465 },
  log: { level: "info" },
}
`;
