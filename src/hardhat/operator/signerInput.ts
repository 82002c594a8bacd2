import { isAddress, isHexString } from "ethers";

import { parseId, type SignerId } from "../../protocol/ids.ts";
import { signerIdOf } from "../../protocol/signers.ts";
import { InputError } from "../inputs.ts";

/** The id of a hot key, typed as such or as the key's address. */
export function signerInput(text: string): SignerId {
  if (isHexString(text, 32)) return parseId<SignerId>(text);
  if (isAddress(text)) return signerIdOf(text);
  throw new InputError("signer", text, "the id of a key (0x and 64 hex digits), or its address");
}
