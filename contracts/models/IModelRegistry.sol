// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Op, Tensor } from "../types/Graph.sol";

/// @title IModelRegistry
/// @notice What was run, and how its answers may be contested. Entries are content-addressed, permissionless and
/// immutable: a new version is a new model. What is published here can be contested, and what it says of its class is
/// the publisher's claim: consumers pin `modelId`.
interface IModelRegistry {
    /* TYPES */

    /// @notice How much of the model is open, in rising order.
    enum ModelClass {
        ProxiedApi, // the signature proves the pipe, not the model
        SealedWeights,
        OpenWeights
    }

    struct Manifest {
        string name;
        string version;
        string uri;
        bytes32 artifactHash; // of the file that spec and weights were made from
        ModelClass class;
        bytes32 specHash; // of tensors and ops; 0 without ground Replay
        bytes32 weightsRoot; // 0 without ground Replay
        bytes32 preprocessHash; // of the rule that turns the request into tensor 0; 0: the request is tensor 0
    }

    struct Policy {
        uint32 challengeWindow; // seconds, MIN_WINDOW to 7 days
        uint96 minCoverage; // stake token; at least protocolMinCoverage when published
        uint16 penaltyBps; // of the coverage, 5,000 to 30,000
        uint8 grounds; // bit mask: 1 Replay, 2 Judgement
        uint16 courtConfig; // for Judgement
        address proofVerifier; // zero: none
        bytes32 proofKey;
        bool privateInput; // request and output are not shown when an answer is published
        uint16 royaltyBps; // of the price of a job, at most 2,000
        address royaltyTo;
    }

    /// @notice What decides over answers of a model, one word of storage.
    struct Terms {
        uint32 challengeWindow;
        uint96 minCoverage;
        uint16 penaltyBps;
        uint8 grounds;
        uint16 courtConfig;
        bool privateInput;
        ModelClass class;
        uint16 royaltyBps;
        uint40 deprecatedAt; // 0: not deprecated
    }

    /* ERRORS */

    /// @notice The same model was published before.
    error ModelExists(bytes32 modelId);
    /// @notice No such model was published.
    error ModelUnknown(bytes32 modelId);
    /// @notice The model takes no new batches since `deprecatedAt`.
    error ModelDeprecated(bytes32 modelId, uint256 deprecatedAt);
    /// @notice Only the model's publisher may call.
    error NotPublisher(bytes32 modelId, address actual, address expected);
    /// @notice The window is outside its bounds, seconds.
    error WindowOutOfBounds(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice The coverage is below the minimum of the model, or of the protocol.
    error CoverageTooLow(uint256 actual, uint256 minimum);
    error PenaltyOutOfBounds(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice Royalty above its bound, or without a recipient.
    error RoyaltyOutOfBounds(uint256 actual, uint256 maximum, address royaltyTo);
    /// @notice No ground, or one that does not exist: nobody could contest.
    error GroundsInvalid(uint256 actual, uint256 known);
    /// @notice `Judgement` needs a court, and this deployment has none.
    error JudgementUnavailable();
    /// @notice 60 % of the smallest penalty must pay the first-round fee twice.
    error PenaltyBelowFees(uint256 actual, uint256 required);
    /// @notice The window, and the time to make a lock whole, must fit into the shortest round 0.
    error WindowExceedsRound0(uint256 actual, uint256 maximum);
    /// @notice `Replay` alone needs the request to be tensor 0: nobody would judge the preprocessing.
    error PreprocessingUnjudged(bytes32 preprocessHash);
    /// @notice The graph in calldata is not the manifest's, or there is one without ground Replay.
    error SpecHashMismatch(bytes32 actual, bytes32 expected);
    /// @notice Replay without weights, or weights without replay.
    error WeightsRootInvalid(bytes32 actual);
    /// @notice The parameter is outside the bounds fixed at deployment.
    error ParameterOutOfBounds(uint256 actual, uint256 minimum, uint256 maximum);

    /* EVENTS */

    /// @notice A model was published, with its graph if it has ground Replay.
    event ModelPublished(
        bytes32 indexed modelId,
        address indexed publisher,
        Manifest manifest,
        Policy policy,
        Tensor[] tensors,
        Op[] ops
    );
    /// @notice No new batches for the model from `deprecatedAt` on.
    event ModelDeprecation(bytes32 indexed modelId, uint256 deprecatedAt);
    /// @notice The lowest `minCoverage` of models to come changed.
    event ProtocolMinCoverageSet(uint256 protocolMinCoverage);

    /* PUBLISHING */

    /// @notice Publishes a model of the caller. With ground `Replay` the graph comes along and is checked, so that what
    /// is published can be replayed and proven; without, `tensors` and `ops` are empty and the roots zero.
    /// @return modelId see `modelIdOf`.
    function publishModel(
        Manifest calldata manifest,
        Policy calldata policy,
        Tensor[] calldata tensors,
        Op[] calldata ops
    ) external returns (bytes32 modelId);

    /// @notice Refuses new batches for the model from now on. Receipts that were handed out are anchored all the same.
    /// Publisher only, for good.
    function deprecate(bytes32 modelId) external;

    /// @notice Sets the lowest `minCoverage` for models to come, between a tenth and ten times the genesis value.
    function setProtocolMinCoverage(uint96 protocolMinCoverage) external;

    /* VIEWS */

    /// @notice keccak256(abi.encode(keccak256("Credence.Model"), chain id, this registry, publisher, manifest,
    /// policy)).
    function modelIdOf(
        address publisher,
        Manifest calldata manifest,
        Policy calldata policy
    ) external view returns (bytes32);

    /// @notice Terms of a model; reverts with `ModelUnknown`.
    function terms(bytes32 modelId) external view returns (Terms memory);

    /// @notice What anchoring needs of a model. Reverts with `ModelUnknown`, with `CoverageTooLow` below its minimum,
    /// and, for a batch, with `ModelDeprecated`.
    /// @param forBatch false for a receipt that was handed out: deprecation has no effect on it.
    function requireTerms(
        bytes32 modelId,
        uint256 coverage,
        bool forBatch
    ) external view returns (uint256 challengeWindow, uint256 penaltyBps, bool privateInput);

    /// @notice Who published it; zero if nobody.
    function publisherOf(bytes32 modelId) external view returns (address);

    /// @notice The model's proof verifier (zero: none) and its key.
    function proofOf(bytes32 modelId) external view returns (address verifier, bytes32 key);

    /// @notice What arithmetic decides by: the manifest's `specHash`, `weightsRoot` and `preprocessHash`; zeros without
    /// ground `Replay`.
    function replayOf(
        bytes32 modelId
    ) external view returns (bytes32 specHash, bytes32 weightsRoot, bytes32 preprocessHash);

    /// @notice Recipient of the royalty.
    function royaltyToOf(bytes32 modelId) external view returns (address);

    /// @notice Lowest `minCoverage` of a model that is published now.
    function protocolMinCoverage() external view returns (uint256);

    /// @notice The chain's forced-inclusion delay: no deadline that can cost money is shorter. Seconds.
    function MIN_WINDOW() external view returns (uint256);

    /// @notice Time in which an operator makes a short lock whole: 12 hours + MIN_WINDOW.
    function HONOUR_WINDOW() external view returns (uint256);
}
