import { CHAIN_SECTION, KEY_COMMENT } from "./chainSection.ts";

/** What `credence operator init` writes. */
export const OPERATOR_TEMPLATE = `// Configuration of "credence operator run". Check it with "credence config check operator <file>".
{
${CHAIN_SECTION}
  // The operator's address, which may be a cold wallet or a Safe. Fill it in.
  operator: "",

  keys: {
    // Signs receipts and batches; OperatorRegistry must know it as the operator's.
${KEY_COMMENT}
    signer: { keystore: "signer-key.json" },
    // Sends transactions and pays for them.
    sender: { keystore: "sender-key.json" },
  },

  // Every receipt that was ever signed. Never run with an older copy of it: a job could be signed twice.
  journal: "operator.sqlite",

  api: {
    // Only this machine reaches it: put a proxy with TLS in front of it.
    host: "127.0.0.1",
    port: 8420,
    // Where customers and challengers reach it; batches name it.
    publicUrl: "http://127.0.0.1:8420",
    rateLimit: { max: 120, perSeconds: 60 },
    // If a proxy is in front: trustProxy: ["127.0.0.1"],
  },

  // What is answered. The coverage, in tokens, is locked for each answer.
  // { kind: "lande" } is the language model that comes with the package, { kind: "network", path: "network.json" } a
  // network of your own, { kind: "upstream", url: "http://…" } a service, for models without replay.
  models: [
    // { modelId: "0x…", source: { kind: "lande" }, coverage: "10" },
  ],

  // A batch is closed when it has this many receipts, or its first one is this old.
  anchoring: { size: 1000, ageSeconds: 60 },

  // Threads that run models.
  workers: 1,
  log: { level: "info" },
}
`;
