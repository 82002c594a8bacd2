/** How the configuration of each program begins. */
export const CHAIN_SECTION = `  chain: {
    // Of a node. If the URL holds a secret: rpcUrl: { env: "RPC_URL" }, and the secret in that environment variable.
    rpcUrl: "http://127.0.0.1:8545",
    chainId: 31337,
    // The address book that the deployment left, relative to this file.
    deployment: "deployments/localhost.json",
    // Blocks until something counts: 1 is enough on a chain of one's own, 12 on Ethereum.
    confirmations: 1,
    pollSeconds: 4,
    // Of one request to the node.
    timeoutSeconds: 20,
    // No transaction pays more; without it the node's suggestion is paid.
    // maxFeePerGas: "50 gwei",
    // After which a transaction that is in no block is sent again with a higher fee.
    stuckAfterSeconds: 120,
  },`;

/** How a key is named, for the programs' templates. */
export const KEY_COMMENT = `    // An encrypted keystore, see "credence keys new". Its password is asked for on the terminal,
    // unless there is passwordFile: "file" beside keystore, or passwordEnv: "NAME" of an environment variable.
    // Or another process that signs: { external: "http://127.0.0.1:9000", address: "0x…" }`;
