import { type Signer, Wallet } from "ethers";

import { addSigner } from "../../actions/addSigner.ts";
import { eoaSigner } from "../../protocol/signers.ts";
import { fileInput, InputError, timeInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

type Arguments = { key?: string; keystore?: string; passwordFile?: string; validFrom?: string };

async function hotKey({ hre, account, say }: Session, { key, keystore, passwordFile }: Arguments): Promise<Signer> {
  if ((key === undefined) === (keystore === undefined)) {
    const got = key === undefined ? undefined : "both";
    throw new InputError("--key or --keystore", got, "one of the two");
  }
  if (key !== undefined) return account("--key", key);
  const json = await fileInput("--keystore", keystore!);
  const password =
    passwordFile === undefined
      ? await hre.interruptions.requestSecretInput("credence", `Password of ${keystore!}`)
      : (await fileInput("--password-file", passwordFile)).replace(/\r?\n$/, "");
  say("opening the keystore");
  try {
    return await Wallet.fromEncryptedJson(json, password);
  } catch {
    throw new InputError("--keystore", keystore, "an encrypted JSON keystore, and its password");
  }
}

export async function signerAdd(session: Session, args: Arguments): Promise<Report> {
  const { signer, deployment } = session;
  const hot = await hotKey(session, args);
  const validFrom = args.validFrom === undefined ? {} : { validFrom: timeInput("--valid-from", args.validFrom) };
  const signerId = await addSigner(signer, deployment, { key: await eoaSigner(hot), ...validFrom });
  const key = await hot.getAddress();
  return {
    sentence: `Key ${key} signs receipts for the operator.`,
    data: { operator: await signer.getAddress(), key, signerId },
  };
}
