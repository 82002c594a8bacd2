import type { Devnet } from "../../scripts/devnet/devnet.ts";

/** What a sender paid for. */
export type Spending = {
  /** Wei that left it for something else than its mined transactions. */
  readonly unexplainedWei: string;
  /** Mined and reverted. */
  readonly failedTransactions: number;
  readonly transactions: number;
  readonly gas: number;
};

/** Block and wei from which a sender's money is counted. */
export type Since = { readonly block: number; readonly balance: bigint };

/** Reads every block: what a sender's transactions cost, against what left its account. */
export async function spendingOf({ provider }: Devnet, sender: string, since: Since): Promise<Spending> {
  const head = await provider.getBlockNumber();
  let [spent, failedTransactions, transactions, gas] = [0n, 0, 0, 0n];
  for (let number = since.block + 1; number <= head; number++) {
    const block = (await provider.getBlock(number, true))!;
    for (const transaction of block.prefetchedTransactions) {
      if (transaction.from !== sender) continue;
      const receipt = (await provider.getTransactionReceipt(transaction.hash))!;
      spent += receipt.fee + transaction.value;
      gas += receipt.gasUsed;
      transactions += 1;
      if (receipt.status !== 1) failedTransactions += 1;
    }
  }
  const left = since.balance - (await provider.getBalance(sender, head));
  return { unexplainedWei: String(left - spent), failedTransactions, transactions, gas: Number(gas) };
}
