import { ZeroAddress, ZeroHash, dataLength, keccak256, type Block, type BytesLike, type Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { blockBefore } from "../chain/blockBefore.ts";
import { FatalError } from "../errors.ts";
import { MAX_SHOWN_BYTES } from "../inference/spec.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { ContractError, formatTime } from "../protocol/errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { coverageDown, lockUp } from "../protocol/lockMath.ts";
import { OPEN_ENDED, OperatorStatus, RECEIPT_LIFE } from "../protocol/operators.ts";
import { receiptId, type Receipt, type SignedReceipt } from "../protocol/receipts.ts";
import { credenceDomain } from "../protocol/typedData.ts";
