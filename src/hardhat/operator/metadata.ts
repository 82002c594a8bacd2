import { setMetadata } from "../../actions/setMetadata.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function metadata({ signer, deployment }: Session, { uri }: { uri: string }): Promise<Report> {
  await setMetadata(signer, deployment, { metadataURI: uri });
  return {
    sentence: "The operator's description has moved.",
    data: { operator: await signer.getAddress(), metadataURI: uri },
  };
}
