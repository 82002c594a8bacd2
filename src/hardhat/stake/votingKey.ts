import { ZeroAddress } from "ethers";

import { setVotingKey } from "../../actions/setVotingKey.ts";
import { addressInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function votingKey({ signer, deployment }: Session, args: { key: string }): Promise<Report> {
  const isNone = args.key === "none";
  const key = isNone ? ZeroAddress : addressInput("key", args.key);
  await setVotingKey(signer, deployment, { key });
  const account = await signer.getAddress();
  return {
    sentence: isNone ? `Nobody else votes for ${account}.` : `${key} may vote for ${account}.`,
    data: { account, key: isNone ? undefined : key },
  };
}
