import { readDuties } from "../actions/readDuties.ts";
import { connect } from "../chain/connect.ts";
import { loadConfig } from "../daemon/config.ts";
import { readDeployment } from "../daemon/deployments.ts";
import { addressOfKey } from "../daemon/keys.ts";
import { jurorSchema } from "../juror/config.ts";
import { print } from "./print.ts";

/** Prints what the account of a configuration should do; no password is needed. */
export async function printDuties(configPath: string, isJson: boolean): Promise<void> {
  const { chain, account: voter, keys } = await loadConfig(configPath, jurorSchema, process.env);
  const account = voter ?? (await addressOfKey(keys.sender));
  const { deployment, fromBlock } = await readDeployment(chain);
  const [timeoutMs, pollMs] = [chain.timeoutSeconds * 1000, chain.pollSeconds * 1000];
  const provider = connect({ url: chain.rpcUrl, chainId: chain.chainId, timeoutMs, pollMs });
  try {
    const duties = await readDuties(provider, deployment, { account, fromBlock });
    print(isJson, duties, () => (duties.length === 0 ? ["Nothing to do."] : duties.map(({ sentence }) => sentence)));
  } finally {
    provider.destroy();
  }
}
