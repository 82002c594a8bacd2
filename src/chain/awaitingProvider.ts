import type { Provider, TransactionReceipt } from "ethers";

/**
 * The same provider, but that asking for the receipt of one of our transactions waits until its fate is known. ethers'
 * `TransactionResponse.wait` starts by asking for the receipt, of contracts' responses too, so that it gets the receipt of
 * the replacement that landed and needs to know nothing of replacements.
 * @param receiptOf Receipt of a transaction of ours, undefined for one of somebody else.
 */
export function awaitingProvider(
  provider: Provider,
  receiptOf: (hash: string) => Promise<TransactionReceipt | undefined>,
): Provider {
  const getTransactionReceipt = async (hash: string): Promise<TransactionReceipt | null> =>
    (await receiptOf(hash)) ?? provider.getTransactionReceipt(hash);
  return new Proxy(provider, {
    get(target, name) {
      if (name === "getTransactionReceipt") return getTransactionReceipt;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value; // for ethers has private fields
    },
  });
}
