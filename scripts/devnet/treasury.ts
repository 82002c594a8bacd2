/** Hands out ether and tokens on a chain of one's own. */
import { parseEther, type JsonRpcProvider, type Signer } from "ethers";

import { contractsOf, type Contracts } from "../../src/chain/contracts.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";

/** The chain's account 0, which has ether and received the supply of the stake token. */
export class Treasury {
  readonly account: Signer;
  readonly address: string;
  readonly #contracts: Contracts;
  /** One transfer after the other: nonces in order on any client. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(account: Signer, address: string, deployment: Deployment) {
    this.account = account;
    this.address = address;
    this.#contracts = contractsOf(deployment, account);
  }

  static async open(provider: JsonRpcProvider, deployment: Deployment): Promise<Treasury> {
    const account = await provider.getSigner(0);
    return new Treasury(account, account.address, deployment);
  }

  /** @param amounts - `ether` in whole ether (10 unless given), `tokens` in the stake token's smallest unit (none unless given). */
  async fund(address: string, { ether = "10", tokens = 0n }: { ether?: string; tokens?: bigint } = {}): Promise<void> {
    await this.alone(async () => {
      if (ether !== "0") await (await this.account.sendTransaction({ to: address, value: parseEther(ether) })).wait();
      if (tokens > 0n) await (await this.#contracts.token.transfer(address, tokens)).wait();
    });
  }

  /** Runs work of the account's own, for example a deployment, between its transfers. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
