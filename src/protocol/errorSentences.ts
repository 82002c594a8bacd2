import { AnswerStatus, LockState } from "./answers.ts";
import { Phase } from "./court.ts";
import { End, GamePhase, TraceFault } from "./games.ts";
import { ModuleStatus } from "./modules.ts";
import { Offence } from "./offences.ts";
import { OperatorStatus } from "./operators.ts";
import { CaseState, Ruling } from "./rulings.ts";

/** The members of an enum of the contracts by name, in their order. */
export type EnumTable = Readonly<Record<string, number>>;

/** Why a receipt is void, or is not at that place of its batch. */
const LeafFault = {
  None: 0,
  Operator: 1,
  Signer: 2,
  Model: 3,
  Coverage: 4,
  Job: 5,
  IssuedTooEarly: 6,
  IssuedAfterAnchoring: 7,
  AnchorBy: 8,
  AnchorByTooLate: 9,
  Beneficiary: 10,
  Index: 11,
  ProofLength: 12,
  Root: 13,
} as const;

/** What is wrong with a graph. */
const GraphFault = {
  TensorCount: 0,
  Dtype: 1,
  TensorLength: 2,
  EndsLength: 3,
  OpCode: 4,
  Rounding: 5,
  InputOrder: 6,
  K: 7,
  Rows: 8,
  UnitSize: 9,
  Bounds: 10,
  Zero: 11,
  ArgmaxRange: 12,
  TensorSize: 13,
} as const;

/** The enums whose members occur in errors, by their names in Solidity, with the contract's where two have one name. */
export const ENUMS: Readonly<Record<string, EnumTable>> = {
  AnswerStatus,
  CaseState,
  End,
  "GraphSpec.Fault": GraphFault,
  "ICourt.Phase": Phase,
  "IReplayGame.Fault": TraceFault,
  "IReplayGame.Phase": GamePhase,
  LeafFault,
  LockState,
  ModuleStatus,
  Offence,
  OperatorStatus,
  Ruling,
};

/**
 * A sentence with places for the error's parameters, `{name:form}`. Forms: `address`, `hash`, `amount` (stake token),
 * `time` (Unix seconds), `duration` (seconds), `number`, `text`, `percent` (basis points), `asAddress` and `asHash` (of
 * a number), or an enum of `ENUMS`.
 */
export type Sentence = string;

/** One sentence per member of the enum, or without `members` per value of the boolean, that parameter `by` holds. */
export type Sentences = {
  readonly by: string;
  readonly members?: EnumTable;
  readonly sentences: Readonly<Record<string, Sentence>>;
};

const LEAF_FAULTS: Record<Exclude<keyof typeof LeafFault, "None">, Sentence> = {
  Operator: "its operator is {actual:asAddress}, the batch's {expected:asAddress}",
  Signer: "its signer is {actual:asHash}, the batch's {expected:asHash}",
  Model: "its model is {actual:asHash}, the batch's {expected:asHash}",
  Coverage: "its coverage is {actual:amount}, the batch's {expected:amount}",
  Job: "its job id is zero",
  IssuedTooEarly: "it was issued at {actual:time}, more than a day before anchoring (earliest {expected:time})",
  IssuedAfterAnchoring: "it was issued at {actual:time}, after it was anchored at {expected:time}",
  AnchorBy: "it had to be anchored before {actual:time}, and the time of anchoring is {expected:time}",
  AnchorByTooLate: "it may be anchored until {actual:time}, more than a day after its issue (latest {expected:time})",
  Beneficiary: "its model has private input, and it names no beneficiary",
  Index: "its index is {actual:number}, and the batch has {expected:number} leaves",
  ProofLength: "its proof has {actual:number} words, expected {expected:number}",
  Root: "its proof leads to root {actual:asHash}, the batch's is {expected:asHash}",
};

const GRAPH_FAULTS: Record<keyof typeof GraphFault, Sentence> = {
  TensorCount:
    "it has {actual:number} tensors, expected {expected:number}: one more than operators, of which there are 1 to 256",
  Dtype: "tensor {index:number} has dtype {actual:number}, the highest is {expected:number}",
  TensorLength: "tensor {index:number} has no elements",
  TensorSize: "tensor {index:number} takes {actual:number} bytes, at most {expected:number} are allowed",
  EndsLength: "first and last tensor take {actual:number} bytes together, at most {expected:number} are allowed",
  OpCode: "operator {index:number} has code {actual:number}, the highest is {expected:number}",
  Rounding: "operator {index:number} has rounding {actual:number}, the highest is {expected:number}",
  InputOrder: "operator {index:number} reads tensor {actual:number}, the highest it may read is {expected:number}",
  K: "operator {index:number} reads {actual:number} elements, its input has {expected:number}",
  Rows: "operator {index:number} writes {actual:number} elements, its output has {expected:number}",
  UnitSize: "one element of operator {index:number} needs {actual:number} bytes, at most {expected:number} are allowed",
  Bounds:
    "the bounds {actual:number} and {expected:number} of operator {index:number} are no range of its output's dtype",
  Zero: "operator {index:number} has zero point {actual:number}, expected {expected:number}",
  ArgmaxRange: "operator {index:number} may write {actual:number}, its output's dtype holds at most {expected:number}",
};

const TRACE_FAULTS: Record<keyof typeof TraceFault, Sentence> = {
  RootCount: "The trace has as many tensor roots as the graph has tensors: that is no fault.",
  Padding: "Every byte behind the last element of the tensor is zero: that is no fault.",
  MissingLeaf: "The leaf that the tensor does not have is a zero word: that is no fault.",
  Request: "Tensor 0 of the trace is the request: that is no fault.",
  Output: "The last tensor of the trace is the output: that is no fault.",
};

function prefixed<Key extends string>(prefix: string, table: Record<Key, Sentence>): Record<Key, Sentence> {
  const entries = Object.entries<Sentence>(table).map(([key, sentence]) => [key, `${prefix}: ${sentence}.`]);
  return Object.fromEntries(entries) as Record<Key, Sentence>;
}

/** What each custom error of the contracts says to a person. */
export const SENTENCES: Readonly<Record<string, Sentence | Sentences>> = {
  /* StakeVault */
  ActiveTooLow: "Only {actual:amount} is active, {required:amount} was asked for.",
  AmountTooLarge: "The amount {actual:amount} is more than an account can hold, {maximum:amount}.",
  CreditKept: "Contract {account:address} holds others' money as its credit: nobody can claim it.",
  CreditTooLow: "The contract's credit is {actual:amount}, it would pay {required:amount}.",
  EnrollMinimum: "Only {actual:amount} is active, and enrolling needs {required:amount}.",
  EnrolledAlready: {
    by: "enrolled",
    sentences: { true: "The account's stake carries votes already.", false: "The account's stake carries no votes." },
  },
  FutureLookup: "Votes at {timepoint:time} are not known yet: it is {clock:time}.",
  ModuleDelayTooShort: "The module delay is {actual:duration}, it must be at least {minimum:duration}.",
  ModuleInStatus: "Module {module:address} is in status {actual:ModuleStatus}, expected {expected:ModuleStatus}.",
  ModuleNotReady: "Module {module:address} can be activated from {readyAt:time} on; it is {actual:time}.",
  NotOptedIn: "Account {account:address} has not opted in to module {module:address}, or has opted out.",
  NothingToClaim: "Account {account:address} has no credit.",
  NothingToWithdraw:
    "Nothing can be withdrawn: {unbonding:amount} is unbonding until {maturesAt:time}, and {locked:amount} of {bonded:amount} is locked.",
  OptedInAlready: "Account {account:address} has opted in to module {module:address} already.",
  PermitRejected: "The permit was refused, and the allowance is {allowance:amount} where {required:amount} is needed.",
  ReserveIsGovernor: "The reserve {reserve:address} holds role {role:number}, and it must hold none.",
  StakeNotLockable: "Account {account:address} has {lockable:amount} that can be locked, {required:amount} is needed.",
  TransferAmountMismatch:
    "The token delivered {actual:amount} where {expected:amount} was sent: it cannot be used as stake token.",
  ZeroAmount: "The amount is zero.",

  /* OperatorRegistry */
  BondNotFree: "The bond of {operator:address} is free from {readyAt:time} on; it is {actual:time}.",
  BondWhole: "Nothing is missing from the bond of {operator:address}.",
  HostedAlready: {
    by: "hosted",
    sentences: {
      true: "The operator hosts model {modelId:hash} already.",
      false: "The operator does not host model {modelId:hash}.",
    },
  },
  NotAttestationRegistry: "Only AttestationRegistry {expected:address} may call this, not {actual:address}.",
  NotSlashingRegistry: "Only SlashingRegistry {expected:address} may call this, not {actual:address}.",
  OperatorExists: "Address {operator:address} is registered as an operator already.",
  OperatorInStatus:
    "Operator {operator:address} is in status {actual:OperatorStatus}, expected {expected:OperatorStatus}.",
  OperatorJailed:
    "Operator {operator:address} is in jail from {jailedFrom:time} to {jailedUntil:time}, which covers {timestamp:time}.",
  OperatorLeft: "Operator {operator:address} left at {leftAt:time}, not after {timestamp:time}.",
  SignatureInvalid:
    "The signature is not one of signer {signerId:hash} over {digest:hash}: it is of another chain, contract, content or key, or damaged.",
  SignatureMalformed: "The signature is not the encoding of signer bytes and a raw signature.",
  SignatureOfOther: "The signature is by signer {actual:hash}, expected {expected:hash}.",
  SignerLength: "The signer has {actual:number} bytes, it must have at least {minimum:number}.",
  SignerNotValid:
    "Signer {signerId:hash} is valid from {validFrom:time} to {validUntil:time}, which does not cover {timestamp:time}.",
  SignerOfOther: "Signer {signerId:hash} belongs to operator {actual:address}, expected {expected:address}.",
  SignerRevoked: "Signer {signerId:hash} was revoked or reported before, at {timestamp:time}.",
  SignerTaken: "Signer {signerId:hash} belongs to operator {operator:address} for all time.",
  TimeOutOfRange: "The time is {actual:time}, it must be from {minimum:time} to {maximum:time}.",
  VerifierListed: "Verifier {verifier:address} is on the list already.",
  VerifierNotListed: "Verifier {verifier:address} is not on this deployment's list.",

  /* ModelRegistry */
  CoverageTooLow: "The coverage is {actual:amount}, at least {minimum:amount} is needed.",
  GraphInvalid: {
    by: "fault",
    members: GraphFault,
    sentences: prefixed("The graph cannot be published", GRAPH_FAULTS),
  },
  GroundsInvalid: "The grounds are {actual:number}, expected one or more of the bits in {known:number}.",
  JudgementUnavailable: "Ground Judgement needs a court, and this deployment has none.",
  ModelDeprecated: "Model {modelId:hash} takes no new batches since {deprecatedAt:time}.",
  ModelExists: "Model {modelId:hash} was published before.",
  ModelUnknown: "Model {modelId:hash} was never published.",
  NotPublisher: "Only the publisher {expected:address} of model {modelId:hash} may call this, not {actual:address}.",
  PenaltyBelowFees: "60 % of the smallest penalty is {actual:amount}, twice the first-round fee is {required:amount}.",
  PenaltyOutOfBounds: "The penalty is {actual:percent}, it must be from {minimum:percent} to {maximum:percent}.",
  PreprocessingUnjudged:
    "The model has preprocessing {preprocessHash:hash} that nobody would judge: without ground Judgement it must have none.",
  RoyaltyOutOfBounds:
    "The royalty is {actual:percent} to {royaltyTo:address}, it must be at most {maximum:percent} and have a recipient.",
  SpecHashMismatch: "The graph hashes to {actual:hash}, the manifest names {expected:hash}.",
  WeightsRootInvalid: "The weights root is {actual:hash}: with ground Replay it must be set, without it must be zero.",
  WindowExceedsRound0:
    "The window and the time to honour are {actual:duration}, at most {maximum:duration} is allowed.",
  WindowOutOfBounds: "The window is {actual:duration}, it must be from {minimum:duration} to {maximum:duration}.",

  /* AttestationRegistry */
  AnchorByOutOfRange: "The batch can be anchored before {actual:time}, expected {earliest:time} to {latest:time}.",
  AnswerExists: "Answer {receiptId:hash} was published before.",
  AnswerOver: "The time to contest answer {receiptId:hash} ended at {finalAt:time}; it is {actual:time}.",
  AnswerUnknown: "Answer {receiptId:hash} was never published.",
  BatchExists: "Batch {batchId:hash} was anchored before.",
  BatchLockOver: "The lock of batch {batchId:hash} ended at {lockEnd:time}; it is {actual:time}.",
  BatchUnknown: "Batch {batchId:hash} was never anchored.",
  CannotHonour: "Only {lockable:amount} can be locked, and answer {receiptId:hash} misses {missing:amount}.",
  CountOutOfRange: "The batch has {actual:number} leaves, it must have {minimum:number} to {maximum:number}.",
  DishonouredAlready: "The bond has answered for the broken promise {receiptId:hash} before.",
  ExposureCapExceeded:
    "The locks of operator {operator:address} would reach {actual:amount}, its exposure cap is {cap:amount}.",
  HonourTime: "For answer {receiptId:hash} this is possible from {from:time} to {until:time}; it is {actual:time}.",
  LockInState: {
    by: "actual",
    members: LockState,
    sentences: {
      InBucket:
        "No case or game is open on answer {receiptId:hash}: its lock is {actual:LockState}, expected {expected:LockState}.",
      Held: "A case or game holds answer {receiptId:hash}: its lock is {actual:LockState}, expected {expected:LockState}.",
      Seized:
        "Answer {receiptId:hash} was overturned before: its lock is {actual:LockState}, expected {expected:LockState}.",
    },
  },
  LockWhole: "Nothing is missing from the lock of answer {receiptId:hash}.",
  MergedAlready: "A leaf of receipt {receiptId:hash} was merged before.",
  NoProofVerifier: "Model {modelId:hash} names no proof verifier.",
  NotAnchoredAlone: "Receipt {receiptId:hash} was not anchored by itself.",
  NotDisputeManager: "Only DisputeManager {expected:address} may call this, not {actual:address}.",
  NotProven: "The verifier did not accept the proof of answer {receiptId:hash}.",
  OutputMismatch: "The output hashes to {actual:hash}, the receipt names {expected:hash}.",
  ReceiptVoid: {
    by: "fault",
    members: LeafFault,
    sentences: prefixed("Receipt {receiptId:hash} does not count", LEAF_FAULTS),
  },
  RequestMismatch: "The request hashes to {actual:hash}, the receipt names {expected:hash}.",
  ShownTooLong: "Request and output have {actual:number} bytes together, at most {maximum:number} may be shown.",
  UnbondingTooShort: "The unbonding period is {actual:duration}, it must be at least {minimum:duration}.",

  /* SlashingRegistry */
  EvidenceOutOfTime: "Evidence from {issuedAt:time} is accepted until {until:time}; it is {actual:time}.",
  OffenceNotRuled: "A ruling finds FalseAnswer or Unresponsive, not {actual:Offence}.",
  ReceiptsAgree: "The two receipts give the same answer.",
  ReceiptsUnrelated: "The two receipts are not by one operator for one model and job.",
  SlashedAlready: "Offence {offenceId:hash} was punished before.",

  /* Court */
  CaseInPhase:
    "Case {caseId:hash} is in phase {actual:ICourt.Phase}, which ends at {deadline:time}; expected {expected:ICourt.Phase}; it is {clock:time}.",
  CaseKnown: "There is a case {caseId:hash} already.",
  ChoiceOutOfRange: "The choice is {actual:number}, it must be from {minimum:number} to {maximum:number}.",
  CommitEmpty: "The commit hash is zero.",
  CommitMismatch: "Choice and salt hash to {actual:hash}, what was committed is {expected:hash}.",
  CommitOutdated:
    "The ballot was signed at {signedAt:time}, it must be after the last one at {lastSignedAt:time} and not in the future; it is {clock:time}.",
  CommitSignatureInvalid: "The ballot is signed neither by {voter:address} nor by its voting key.",
  NoBallot:
    "Voter {voter:address} has no ballot in round {round:number} of case {caseId:hash}, or it was revealed or settled before.",
  NoRulingYet:
    "No round of case {caseId:hash} has decided: it is in phase {actual:ICourt.Phase}, which ends at {deadline:time}.",
  NoSeats:
    "{voter:address} has no seat: {votes:amount} of {total:amount} when the case opened drew none of {expected:number} expected.",
  NotSeeded: "Nobody has a seat in round {round:number} of case {caseId:hash}: no seed was fixed in time.",
  NotVoter: "{actual:address} is neither voter {voter:address} nor its voting key.",
  SeedNamed: "Seed {ticket:number} was asked for in round {round:number} of case {caseId:hash}, and may still come.",
  SeedUnknown: "Seed {ticket:number} of round {round:number} of case {caseId:hash} is not known yet, or was lost.",

  /* Court: configs */
  ConfigUnknown: "There is no court config {actual:number}: the court has {count:number}, numbered from 0.",
  FeeOutOfBounds:
    "The fee of round {round:number} is {actual:amount}, it must be from {minimum:amount} to {maximum:amount}.",
  OutlivesModuleDelay: "The longest case would take {actual:duration}, at most {maximum:duration} is allowed.",
  OutlivesUnbonding:
    "The last commit would be {actual:duration} after the opening, at most {maximum:duration} is allowed.",
  RoundCountOutOfBounds:
    "The config has {actual:number} rounds, it must have from {minimum:number} to {maximum:number}.",
  SeatRiskOutOfBounds:
    "A seat of round {round:number} risks {actual:number} of its fees, it must be from {minimum:number} to {maximum:number}.",
  SeatsOutOfBounds:
    "Round {round:number} has {actual:number} seats, it must have from {minimum:number} to {maximum:number}.",
  MaturityZero: "The age that votes must have is zero.",
  TotalFloorZero: "The floor of votes in all is zero.",
  VoteRiskOutOfBounds:
    "A full vote of round {round:number} risks {actual:percent}, it must be from {minimum:percent} to {maximum:percent}.",
  WindowNotZero: "Round {round:number} has {actual:duration} for {window:text}, it must have none.",
  WindowTooShort:
    "The time for {window:text} in round {round:number} is {actual:duration}, it must be at least {minimum:duration}.",

  /* DisputeManager */
  AppealStillOpen: "The appeal to round {round:number} of case {caseId:hash} can still be funded.",
  BondOutOfBounds: "The bond is {actual:percent}, it must be from {minimum:percent} to {maximum:percent}.",
  CaseInState: "Case {caseId:hash} is in state {actual:CaseState}, expected {expected:CaseState}.",
  ContributionZero: "The contribution is zero.",
  GroundNotAllowed:
    "Answers of model {modelId:hash} can be contested on grounds {grounds:number}, which lack {required:number}.",
  NotBeneficiary:
    "The model has private input: only the beneficiary {expected:address} can open a case or a game, not {actual:address}.",
  NoBond: "Game {gameId:number} never was, or its bond was paid out before.",
  NothingContributed:
    "{contributor:address} has nothing in the pool that asks for {asked:Ruling} in round {round:number} of case {caseId:hash}.",
  NotReplay: "Only the replay adjudicator {expected:address} may call this, not {actual:address}.",
  ReplayBondOutOfBounds: "The bond of games is {actual:amount}, it must be from {minimum:amount} to {maximum:amount}.",
  ReplayUnavailable:
    "This deployment was sealed without a replay adjudicator: no answer can be overturned by arithmetic.",
  NotVault: "Only StakeVault {expected:address} may call this, not {actual:address}.",
  RulingStands: "{standing:Ruling} stands in case {caseId:hash} already: an appeal asks for another ruling.",

  /* ReplayGame: what is shown */
  EndMismatch: {
    by: "end",
    members: End,
    sentences: {
      Request: "The request shown hashes to {actual:hash}, the receipt names {expected:hash}.",
      Output: "The output shown hashes to {actual:hash}, the receipt names {expected:hash}.",
    },
  },
  GraphMismatch: "The graph shown hashes to {actual:hash}, the model's is {expected:hash}.",
  LeafOutOfRange:
    "Leaf {actual:number} is no place behind the tensor's leaves: those are {minimum:number} to {maximum:number}.",
  NotReplayable: "Model {modelId:hash} was never published, or arithmetic does not decide over it.",
  OpOutOfRange: "There is no operator {actual:number}: the graph has {count:number}, numbered from 0.",
  ProofLength: "The proof has {actual:number} words, its tree has {expected:number} levels.",
  RequestPreprocessed:
    "The request of this model is not tensor 0, which follows from it by rule {preprocessHash:hash}: whether it does is for token holders to judge.",
  RootCountMismatch:
    "The trace has {actual:number} tensor roots, the graph {expected:number} tensors: that alone can be proven to be wrong.",
  RowOutOfRange: "There is no element {actual:number}: the operator writes {count:number}, numbered from 0.",
  TensorOutOfRange: "Tensor {actual:number} cannot be named here, only {minimum:number} to {maximum:number}.",
  TensorRootMismatch:
    "What is shown of tensor {tensor:number} leads to root {actual:hash}, the operator committed to {expected:hash}.",
  TraceMismatch: "The tensor roots hash to {actual:hash}, the receipt names {expected:hash}.",
  WeightsMismatch: "The row of weights leads to root {actual:hash}, the model's is {expected:hash}.",

  /* ReplayGame: nothing wrong */
  FaultAbsent: { by: "fault", members: TraceFault, sentences: TRACE_FAULTS },
  UnitHolds: "Element {row:number} of operator {op:number} is {value:number}, as it should be.",

  /* ReplayGame: games */
  ChildOutOfRange: "There is no child {actual:number}: {count:number} of them have leaves, numbered from 0.",
  ClockOut: "The time for this move of game {gameId:number} ended at {deadline:time}; it is {actual:time}.",
  ClockRunning: "The time for the next move of game {gameId:number} ends at {deadline:time}; it is {actual:time}.",
  GameExists: "There is a game {gameId:number} already.",
  GameInPhase: "Game {gameId:number} is in phase {actual:IReplayGame.Phase}, expected {expected:IReplayGame.Phase}.",
  GameNotOpen: "Game {gameId:number} is over, or never was: it is in phase {actual:IReplayGame.Phase}.",
  GameOfAnother: "Game {gameId:number} is about answer {expected:hash}, not {actual:hash}.",
  LevelsLeft:
    "{height:number} levels of the tree of game {gameId:number} are left to be opened; the leaf is opened when there are none, and only then.",
  MissingChildFilled: "Child {child:number} has no leaves and is {actual:hash}, expected the empty {expected:hash}.",
  NodeMismatch: "What is shown hashes to {actual:hash}, the node to be opened is {expected:hash}.",
  NotChallenger: "Only the challenger {expected:address} of game {gameId:number} may call this, not {actual:address}.",
  NotOverturned: "Answer {receiptId:hash} was not overturned: the bond is still at stake.",
  TooManyRoots: "There are {actual:number} tensor roots, no graph has more than {maximum:number} tensors.",
  RootsPublished: "The tensor roots of answer {receiptId:hash} were published before.",

  /* Several contracts */
  AlreadySealed: "The wiring was fixed before.",
  IntakeNotPaused: "Nothing is paused.",
  IntakePaused: "New business is paused until {until:time}.",
  LengthMismatch: "A list, or bytes, that were passed have length {actual:number}, expected {expected:number}.",
  ParameterOutOfBounds: "The parameter is {actual:amount}, it must be from {minimum:amount} to {maximum:amount}.",
  PauseTooSoon: "The next pause is possible from {notBefore:time} on; it is {actual:time}.",
  ZeroAddress: "The zero address cannot stand here.",

  /* CredenceConsumer */
  BackedTooLow: "Coverage of {actual:amount} stood behind the answer, {required:amount} is asked for.",
  BeneficiaryMismatch: "The coverage would be paid to {actual:address}, expected {expected:address}.",
  ContestedNeverFinal: "The gate asks for a final answer and accepts a contested one: no answer is both.",
  InputMismatch: "The receipt answers question {actual:hash}, expected {expected:hash}.",
  InputNotRequired: "The gate does not name the question it is about.",
  MaxAgeOutOfRange: "The gate accepts answers up to an age of {actual:duration}, it must be 1 s to {maximum:duration}.",
  MethodsMissing: "Checks {actual:number} were performed on the answer, checks {required:number} are asked for.",
  ModelMismatch: "The answer is by model {actual:hash}, expected {expected:hash}.",
  ModelNotRequired: "The gate does not name the model it is about.",
  NotFinal: "The answer is {status:AnswerStatus}, not final: its time ends at {finalAt:time}; it is {actual:time}.",
  NotPublished: "The answer was never published; it reads {status:AnswerStatus}.",
  PayableNotRequired: "The gate acts before finality and does not ask for anything payable.",
  PayableTooLow: "Coverage of {actual:amount} is still payable, {required:amount} is asked for.",
  QuorumMissed: "{actual:number} operators gave this output under the conditions, {required:number} are asked for.",
  ReceiptConsumed: "The contract has acted on receipt {receiptId:hash} before.",
  StatusNotAccepted: "The gate does not act on an answer that reads {status:AnswerStatus}.",
  TooOld: "The answer was published {age:duration} ago, at most {maxAge:duration} is accepted.",

  /* OpenZeppelin: tokens and signatures */
  ECDSAInvalidSignature: "The signature does not verify.",
  ECDSAInvalidSignatureLength: "The signature has {length:number} bytes, expected 65.",
  ECDSAInvalidSignatureS: "The signature's s, {s:hash}, is in the upper half of the group, expected the lower.",
  ERC20InsufficientAllowance: "The allowance of {spender:address} is {allowance:amount}, {needed:amount} is needed.",
  ERC20InsufficientBalance: "The balance of {sender:address} is {balance:amount}, {needed:amount} is needed.",
  ERC20InvalidApprover: "{approver:address} cannot approve tokens.",
  ERC20InvalidReceiver: "{receiver:address} cannot receive tokens.",
  ERC20InvalidSender: "{sender:address} cannot send tokens.",
  ERC20InvalidSpender: "{spender:address} cannot spend tokens.",
  ERC2612ExpiredSignature: "The permit expired at {deadline:time}.",
  ERC2612InvalidSigner: "The permit is signed by {signer:address}, expected {owner:address}.",
  InvalidAccountNonce: "The nonce is not that of {account:address}, which is {currentNonce:number}.",
  SafeERC20FailedOperation: "Token {token:address} refused the transfer.",

  /* OpenZeppelin: access and time locks */
  AccessControlBadConfirmation: "A role can only be renounced by the account that holds it.",
  AccessControlUnauthorizedAccount: "Account {account:address} lacks role {neededRole:hash}.",
  AccessManagedInvalidAuthority: "{authority:address} is no contract that can manage access.",
  AccessManagedRequiredDelay: "{caller:address} must schedule this call {delay:duration} ahead.",
  AccessManagedUnauthorized: "{caller:address} has no role that may call this.",
  AccessManagerAlreadyScheduled: "Operation {operationId:hash} is scheduled already.",
  AccessManagerBadConfirmation: "A role can only be renounced by the account that holds it.",
  AccessManagerExpired: "Operation {operationId:hash} was scheduled too long ago.",
  AccessManagerInvalidInitialAdmin: "{initialAdmin:address} cannot be the first administrator.",
  AccessManagerLockedFunction: "The role of function {selector:hash} cannot be changed.",
  AccessManagerLockedRole: "Role {roleId:number} cannot be changed.",
  AccessManagerNotReady: "The delay of operation {operationId:hash} is not over.",
  AccessManagerNotScheduled: "Operation {operationId:hash} is not scheduled.",
  AccessManagerUnauthorizedAccount: "Account {msgsender:address} lacks role {roleId:number}.",
  AccessManagerUnauthorizedCall: "{caller:address} may not call {selector:hash} of {target:address}.",
  AccessManagerUnauthorizedCancel:
    "{msgsender:address} may not cancel the call of {selector:hash} of {target:address} by {caller:address}.",
  AccessManagerUnauthorizedConsume: "{target:address} cannot use up a scheduled operation.",
  TimelockInsufficientDelay: "The delay is {delay:duration}, it must be at least {minDelay:duration}.",
  TimelockInvalidOperationLength:
    "There are {targets:number} targets, {payloads:number} payloads and {values:number} values, as many were expected.",
  TimelockUnauthorizedCaller: "Only the timelock itself may call this, not {caller:address}.",
  TimelockUnexecutedPredecessor: "Operation {predecessorId:hash} must be executed first.",
  TimelockUnexpectedOperationState:
    "Operation {operationId:hash} is not in one of the states that the call needs, bit mask {expectedStates:hash}.",

  /* OpenZeppelin: the governor */
  CheckpointUnorderedInsertion: "A checkpoint is older than the last one.",
  ERC6372InconsistentClock: "The clock of the votes is not the one it was.",
  GovernorAlreadyCastVote: "{voter:address} has voted on this proposal before.",
  GovernorAlreadyQueuedProposal: "Proposal {proposalId:asHash} is queued already.",
  GovernorDisabledDeposit: "The governor takes no deposits: the timelock executes what passes.",
  GovernorInsufficientProposerVotes: "{proposer:address} has {votes:amount} votes, proposing needs {threshold:amount}.",
  GovernorInvalidProposalLength:
    "There are {targets:number} targets, {calldatas:number} calls and {values:number} values, as many were expected.",
  GovernorInvalidQuorumFraction:
    "The quorum is {quorumNumerator:number} of {quorumDenominator:number}, it cannot be more than all.",
  GovernorInvalidSignature: "The vote is not signed by {voter:address}.",
  GovernorInvalidVoteParams: "This vote takes no parameters.",
  GovernorInvalidVoteType: "A vote is 0 against, 1 for or 2 abstain.",
  GovernorInvalidVotingPeriod: "The voting period is {votingPeriod:duration}, which is too short.",
  GovernorNonexistentProposal: "There is no proposal {proposalId:asHash}.",
  GovernorOnlyExecutor: "Only the timelock may call this, not {account:address}.",
  GovernorProposalQueueingFailed: "Proposal {proposalId:asHash} cannot be queued.",
  GovernorProposalQueueingNotRequired: "Proposal {proposalId:asHash} needs no queueing.",
  GovernorRestrictedProposer: "{proposer:address} may not make this proposal: its text names another proposer.",
  GovernorUnableToCancel: "{account:address} may not cancel proposal {proposalId:asHash}.",
  GovernorUnexpectedProposalState:
    "Proposal {proposalId:asHash} is in state {current:number}, not in one of bit mask {expectedStates:hash}.",

  /* OpenZeppelin: the rest */
  AddressEmptyCode: "There is no contract at {target:address}.",
  FailedCall: "A call to another contract failed.",
  InsufficientBalance: "The contract's balance is {balance:number} wei, {needed:number} is needed.",
  InvalidShortString: "The text is not a short string.",
  ReentrancyGuardReentrantCall: "The contract was called again from within a call.",
  SafeCastOverflowedUintDowncast: "The number {value:number} does not fit {bits:number} bits.",
  StringTooLong: "The text {str:text} is longer than 31 bytes.",
};
