export { addSigner, type AddSignerParameters } from "./actions/addSigner.ts";
export { anchorBatch, type AnchorBatchParameters } from "./actions/anchorBatch.ts";
export { anchorReceipt, type AnchorReceiptParameters } from "./actions/anchorReceipt.ts";
export { checkAnswer, type CheckAnswerParameters } from "./actions/checkAnswer.ts";
export { checkReceipt, type CheckReceiptParameters } from "./actions/checkReceipt.ts";
export { claim, type ClaimParameters } from "./actions/claim.ts";
export { claimBallot, type ClaimBallotParameters, type SettledBallot } from "./actions/claimBallot.ts";
export { claimTimeout, type ClaimTimeoutParameters, type ClaimedTimeout } from "./actions/claimTimeout.ts";
export { commitBallot, type CommitBallotParameters, type CommittedBallot } from "./actions/commitBallot.ts";
export {
  contributeToAppeal,
  type ContributeToAppealParameters,
  type Contribution,
} from "./actions/contributeToAppeal.ts";
export { deprecateModel, type DeprecateModelParameters } from "./actions/deprecateModel.ts";
export { enroll } from "./actions/enroll.ts";
export { fixSeed, type FixSeedParameters } from "./actions/fixSeed.ts";
export { honour, type HonourParameters } from "./actions/honour.ts";
export { hostModel, type HostModelParameters } from "./actions/hostModel.ts";
export { mergeReceipt, type MergedReceipt, type MergeReceiptParameters } from "./actions/mergeReceipt.ts";
export { nameSeed, type NameSeedParameters } from "./actions/nameSeed.ts";
export { openCase, type OpenCaseParameters, type OpenedCase } from "./actions/openCase.ts";
export { openGame, type OpenGameParameters, type OpenedGame } from "./actions/openGame.ts";
export { optIn } from "./actions/optIn.ts";
export { optOut, type OptOutParameters } from "./actions/optOut.ts";
export { playMove, type GameMove, type PlayMoveParameters } from "./actions/playMove.ts";
export { proveAnswer, type ProveAnswerParameters } from "./actions/proveAnswer.ts";
export { proveFault, type ProveFaultParameters } from "./actions/proveFault.ts";
export { publishAnswer, type PublishAnswerParameters } from "./actions/publishAnswer.ts";
export { publishModel, type PublishModelParameters } from "./actions/publishModel.ts";
export { readAccount, type Account, type ReadAccountParameters } from "./actions/readAccount.ts";
export { readAnswer, type AnswerRecord, type ReadAnswerParameters } from "./actions/readAnswer.ts";
export { readCase, type ReadCaseParameters } from "./actions/readCase.ts";
export { readDuties, type ReadDutiesParameters } from "./actions/readDuties.ts";
export { readGame, type ReadGame, type ReadGameParameters } from "./actions/readGame.ts";
export {
  readHistory,
  type OffenceTally,
  type OperatorHistory,
  type ReadHistoryParameters,
} from "./actions/readHistory.ts";
export { readModel, type PublishedModel, type ReadModelParameters } from "./actions/readModel.ts";
export { readOperator, type OperatorState, type ReadOperatorParameters } from "./actions/readOperator.ts";
export { registerOperator, type RegisterOperatorParameters } from "./actions/registerOperator.ts";
export { releaseBond, type ReleaseBondParameters } from "./actions/releaseBond.ts";
export { reportCompromise, type ReportCompromiseParameters } from "./actions/reportCompromise.ts";
export { restoreBond } from "./actions/restoreBond.ts";
export { retireOperator } from "./actions/retireOperator.ts";
export { revealBallot, type RevealBallotParameters } from "./actions/revealBallot.ts";
export { revokeSigner, type RevokeSignerParameters } from "./actions/revokeSigner.ts";
export { sendSignedBallot } from "./actions/sendSignedBallot.ts";
export { setExposureCap, type SetExposureCapParameters } from "./actions/setExposureCap.ts";
export { setMetadata, type SetMetadataParameters } from "./actions/setMetadata.ts";
export { setVotingKey, type SetVotingKeyParameters } from "./actions/setVotingKey.ts";
export { settleCase, type SettleCaseParameters, type SettledCase } from "./actions/settleCase.ts";
export { signBallot, type SignBallotParameters, type SignedBallot } from "./actions/signBallot.ts";
export { slashDishonoured, type SlashDishonouredParameters } from "./actions/slashDishonoured.ts";
export {
  slashEquivocation,
  type SigningEvidence,
  type SlashEquivocationParameters,
} from "./actions/slashEquivocation.ts";
export { stake, type StakeParameters } from "./actions/stake.ts";
export { submitEvidence, type SubmitEvidenceParameters } from "./actions/submitEvidence.ts";
export { sweep, type SweepParameters } from "./actions/sweep.ts";
export { unenroll } from "./actions/unenroll.ts";
export { unhostModel, type UnhostModelParameters } from "./actions/unhostModel.ts";
export { unstake, type UnstakeParameters } from "./actions/unstake.ts";
export {
  verifyReceipt,
  type ReceiptProblem,
  type ReceiptProblemCode,
  type ReceiptVerdict,
  type VerifyReceiptParameters,
} from "./actions/verifyReceipt.ts";
export { withdraw } from "./actions/withdraw.ts";
export { withdrawBond, type WithdrawBondParameters } from "./actions/withdrawBond.ts";
export { withdrawContribution, type WithdrawContributionParameters } from "./actions/withdrawContribution.ts";

export { API_ERRORS, type ApiErrorCode } from "./api/errorCodes.ts";
export type { FetcherOptions } from "./api/fetchJson.ts";
export {
  OperatorClient,
  operatorUrlOf,
  type OperatorClientOptions,
  type Question,
  type ShownBatch,
} from "./api/operatorClient.ts";
export { OperatorRefusedError, OperatorUnavailableError } from "./api/operatorErrors.ts";
export type { AnswerResponse, AnswerState, BatchPage, ShownLeaf } from "./api/schemas.ts";

export type { AnchoredBatch } from "./chain/anchoredBatch.ts";
export type { Duty, DutyKind } from "./chain/caseDuties.ts";
export { contractsOf, type Contracts } from "./chain/contracts.ts";
export type { AppealPool, CourtCase } from "./chain/courtCase.ts";
export type { OverturnedAnswer } from "./chain/overturnedAnswer.ts";
export type { PublishedAnswer } from "./chain/publishedAnswer.ts";

export { CredenceError, FatalError, RetryableError } from "./errors.ts";

export {
  commitTensor,
  commitTrace,
  hashTensorRoots,
  weightsRoot,
  type TraceCommitment,
} from "./inference/commitments.ts";
export { importDenseNetwork, InvalidNetworkError, type DenseNetwork } from "./inference/denseNetwork.ts";
export { evaluate } from "./inference/evaluate.ts";
export {
  findFault,
  replayClaim,
  type Claim,
  type Fault,
  type ProvableFault,
  type Replay,
  type ReplayModel,
  type ShownTensor,
  type ShownTrace,
} from "./inference/faults.ts";
export { importLande, LandeImportError, type LandeManifest, type LandeModel } from "./inference/lande.ts";
export {
  TensorTree,
  WeightsTree,
  tensorTree,
  traceOf,
  unitOf,
  type Trace,
  type Unit,
  type WeightRow,
} from "./inference/proofs.ts";
export {
  ShownMismatchError,
  recountFeatures,
  type FeatureVerdict,
  type RecountFeaturesParameters,
} from "./inference/recountFeatures.ts";
export {
  ARITHMETIC_VERSION,
  Dtype,
  InvalidSpecError,
  MAX_OPS,
  MAX_SHOWN_BYTES,
  MAX_TENSOR_BYTES,
  MAX_UNIT_BYTES,
  OpCode,
  Rounding,
  hashSpec,
  validateSpec,
  type GraphSpec,
  type Op,
  type Tensor,
} from "./inference/spec.ts";
export { TensorMismatchError, decodeTensor, encodeTensor, type TensorData } from "./inference/tensor.ts";
export { WeightsMismatchError, type DenseWeights } from "./inference/weights.ts";

export { AnswerStatus, LockState, Method, bareLeaf, type Confidence, type Leaf } from "./protocol/answers.ts";
export {
  BALLOT,
  BallotNotRecoveredError,
  BallotSecret,
  EmptySaltError,
  NoteUnreadableError,
  SignerNotDeterministicError,
  ballotSecret,
  commitHash,
  type BallotPlace,
  type CommitHashParameters,
  type SignedCommit,
} from "./protocol/ballots.ts";
export { BatchTree, MAX_BATCH_COUNT, verifyLeaf, type VerifyLeafParameters } from "./protocol/batchTree.ts";
export { batchId, signBatch, type Batch } from "./protocol/batches.ts";
export {
  describeBallot,
  describeCase,
  describeRuling,
  describeWeight,
  type DescribableBallot,
  type DescribableCase,
} from "./protocol/caseSentences.ts";
export {
  Choice,
  Phase,
  type Ballot,
  type CastChoice,
  type CaseClock,
  type CourtConfig,
  type RoundTally,
  type RoundTerms,
} from "./protocol/court.ts";
export type { Deployment } from "./protocol/deployment.ts";
export { ContractError, describeError, formatAmount, formatTime, type TokenUnit } from "./protocol/errors.ts";
export { FilledBatch } from "./protocol/filledBatch.ts";
export {
  NoMove,
  challengerMove,
  operatorMove,
  type ChallengerKnowledge,
  type ChallengerMove,
  type OperatorMove,
} from "./protocol/gamePlayer.ts";
export { describeGame, type DescribableGame } from "./protocol/gameSentences.ts";
export {
  End,
  GamePhase,
  TraceFault,
  isOperatorsTurn,
  type Game,
  type GameClock,
  type GameRecord,
  type Opening,
} from "./protocol/games.ts";
export {
  parseId,
  type BatchId,
  type Id,
  type JobId,
  type ModelId,
  type ReceiptId,
  type SignerId,
} from "./protocol/ids.ts";
export { jobId, type JobIdParameters } from "./protocol/jobs.ts";
export { coverageDown, lockUp, penaltyUp } from "./protocol/lockMath.ts";
export { Ground, ModelClass, modelId, type Manifest, type ModelIdParameters, type Policy } from "./protocol/models.ts";
export { Offence } from "./protocol/offences.ts";
export { OPEN_ENDED, OperatorStatus, RECEIPT_LIFE } from "./protocol/operators.ts";
export { encodeBatch, encodeSignedReceipt, parseBatch, parseSignedReceipt } from "./protocol/receiptJson.ts";
export { receiptId, signReceipt, type Receipt, type SignedReceipt } from "./protocol/receipts.ts";
export { CaseState, Ruling } from "./protocol/rulings.ts";
export {
  eoaSigner,
  p256Key,
  p256Signer,
  signerIdOf,
  verifySignature,
  type P256Key,
  type ReceiptSigner,
  type VerifySignatureParameters,
} from "./protocol/signers.ts";
export { VOTE_PARTS, fullVoteWeight, seats, type SeatsParameters } from "./protocol/sortition.ts";
export { encodeTraceRecord, parseTraceRecord, recordTrace, type TraceRecord } from "./protocol/traceRecord.ts";
export { Domain, TypedStruct, credenceDomain } from "./protocol/typedData.ts";

export { Answerer, type Answer, type AnswererParameters, type Job } from "./operator/answerer.ts";
