import type { Signer } from "ethers";

import { send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { requireProvider } from "../chain/provider.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { SignerId } from "../protocol/ids.ts";
import { SIGNER_POSSESSION, type ReceiptSigner } from "../protocol/signers.ts";
import { credenceDomain } from "../protocol/typedData.ts";

/** Seconds in which the proof of possession must reach a block. */
const PROOF_LIFE = 3_600;

export type AddSignerParameters = {
  /** The hot key; it signs the proof that its holder agrees. */
  key: ReceiptSigner;
  /** Unix time in seconds from which the key signs; now if absent. */
  validFrom?: number;
};

/**
 * Gives the signer's operator a hot key, for all time: no other operator can ever have it.
 * @returns the id under which receipts name the key.
 * @throws ContractError for example `SignerTaken`, `VerifierNotListed`, `TimeOutOfRange`, `OperatorInStatus`.
 * @example
 * const signerId = await addSigner(operator, deployment, { key: await eoaSigner(hotWallet) });
 */
export async function addSigner(
  signer: Signer,
  deployment: Deployment,
  { key, validFrom = 0 }: AddSignerParameters,
): Promise<SignerId> {
  const contracts = contractsOf(deployment, signer);
  const operator = await signer.getAddress();
  const { chainId, timestamp, nonce } = await translated(contracts, async () => {
    const provider = requireProvider(signer);
    const [network, block, view] = await Promise.all([
      provider.getNetwork(),
      provider.getBlock("latest"),
      contracts.operators.operator(operator),
    ]);
    return { chainId: network.chainId, timestamp: block!.timestamp, nonce: view.nonce };
  });
  const deadline = timestamp + PROOF_LIFE;
  const proof = await key.sign(credenceDomain(chainId, deployment.operators), SIGNER_POSSESSION, {
    operator,
    signer: key.signer,
    nonce,
    deadline,
  });
  await send(contracts, contracts.operators.addSigner, key.signer, validFrom, deadline, proof);
  return key.signerId;
}
