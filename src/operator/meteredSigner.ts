import type { Provider, Signer, TransactionReceipt } from "ethers";

/** Receipts of the last transactions, so that none is counted twice. */
const REMEMBERED = 1_000;

/**
 * The same signer, but that the receipt of each of its transactions is shown once to `onReceipt`, when whoever sent it
 * has waited for it.
 */
export function meteredSigner<S extends Signer>(signer: S, onReceipt: (receipt: TransactionReceipt) => void): S {
  const seen = new Set<string>();
  const show = (receipt: TransactionReceipt | null): void => {
    if (receipt === null || seen.has(receipt.hash)) return;
    seen.add(receipt.hash);
    const [oldest] = seen;
    if (seen.size > REMEMBERED) seen.delete(oldest!);
    onReceipt(receipt);
  };
  const provider = signer.provider && watched(signer.provider, show);
  return new Proxy(signer, {
    get: (target, name) => (name === "provider" ? provider : bound(target, name)),
  });
}

function watched(provider: Provider, show: (receipt: TransactionReceipt | null) => void): Provider {
  const getTransactionReceipt = async (hash: string): Promise<TransactionReceipt | null> => {
    const receipt = await provider.getTransactionReceipt(hash);
    show(receipt);
    return receipt;
  };
  const waitForTransaction: Provider["waitForTransaction"] = async (...args) => {
    const receipt = await provider.waitForTransaction(...args);
    show(receipt);
    return receipt;
  };
  return new Proxy(provider, {
    get(target, name) {
      if (name === "getTransactionReceipt") return getTransactionReceipt;
      return name === "waitForTransaction" ? waitForTransaction : bound(target, name);
    },
  });
}

/** Methods are to run on the object itself, for ethers has private fields. */
function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === "function" ? (value.bind(target) as unknown) : value;
}
