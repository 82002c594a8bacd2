// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IntakePausable } from "../governance/IntakePausable.sol";
import { Graph, Op, Tensor } from "../types/Graph.sol";
import { Grounds } from "../types/Grounds.sol";
import { GraphSpec } from "./GraphSpec.sol";
import { IJudgementTerms } from "./IJudgementTerms.sol";
import { IModelRegistry } from "./IModelRegistry.sol";

/// @title ModelRegistry
/// @notice See `IModelRegistry`, the manual of this contract.
contract ModelRegistry is IModelRegistry, IntakePausable {
    /* CONSTANTS */

    bytes32 private constant MODEL_KIND = keccak256("Credence.Model");
    uint256 private constant BPS = 10_000;
    /// @dev A third of the unbonding period: an answer may live through two windows.
    uint256 private constant MAX_WINDOW = 7 days;
    /// @dev Forced inclusion takes a day on today's L2s; more would not nest into the windows.
    uint256 private constant MAX_MIN_WINDOW = 1 days;
    uint256 private constant HONOUR_BASE = 12 hours;
    /// @dev Below half the coverage the reserve's 40 % would not hurt; above three times, honest locks would be too
    /// dear.
    uint256 private constant MIN_PENALTY_BPS = 5_000;
    uint256 private constant MAX_PENALTY_BPS = 30_000;
    uint256 private constant MAX_ROYALTY_BPS = 2_000;
    /// @dev What the reserve leaves of a penalty: fees and a bounty are paid from it.
    uint256 private constant PENALTY_AFTER_RESERVE_BPS = 6_000;
    /// @dev Bytes of request and output that fit into the transaction that publishes an answer.
    uint256 private constant MAX_SHOWN_BYTES = 16_384;
    /// @dev Governance moves the minimum within this factor of its genesis value, up and down.
    uint256 private constant COVERAGE_RANGE = 10;

    /* IMMUTABLES */

    /// @inheritdoc IModelRegistry
    uint256 public immutable MIN_WINDOW;
    /// @inheritdoc IModelRegistry
    uint256 public immutable HONOUR_WINDOW;
    /// @notice Who judges; zero: nobody, and no model with ground Judgement is published.
    IJudgementTerms public immutable JUDGEMENT_TERMS;
    /// @notice Smallest `minCoverage` at genesis; governance stays within a tenth and ten times of it.
    uint256 public immutable GENESIS_MIN_COVERAGE;

    /* STORAGE */

    struct Model {
        Terms terms;
        address publisher;
        address proofVerifier;
        bytes32 proofKey;
        address royaltyTo;
        bytes32 specHash; // the three of the manifest, only with ground Replay
        bytes32 weightsRoot;
        bytes32 preprocessHash;
    }

    /// @inheritdoc IModelRegistry
    uint256 public protocolMinCoverage;
    mapping(bytes32 modelId => Model) private _models;

    /* DEPLOYMENT AND GOVERNANCE */

    /// @param authority AccessManager of the deployment.
    /// @param minWindow the chain's forced-inclusion delay, seconds, 1 to 86,400.
    /// @param protocolMinCoverage_ smallest `minCoverage` of a model, stake token, not 0.
    /// @param judgementTerms the court, or zero.
    constructor(
        address authority,
        uint256 minWindow,
        uint96 protocolMinCoverage_,
        IJudgementTerms judgementTerms
    ) IntakePausable(authority) {
        if (minWindow == 0 || minWindow > MAX_MIN_WINDOW) revert ParameterOutOfBounds(minWindow, 1, MAX_MIN_WINDOW);
        if (protocolMinCoverage_ == 0) revert ParameterOutOfBounds(0, 1, type(uint96).max);
        MIN_WINDOW = minWindow;
        HONOUR_WINDOW = HONOUR_BASE + minWindow;
        GENESIS_MIN_COVERAGE = protocolMinCoverage_;
        JUDGEMENT_TERMS = judgementTerms;
        protocolMinCoverage = protocolMinCoverage_;
    }

    /// @inheritdoc IModelRegistry
    function setProtocolMinCoverage(uint96 protocolMinCoverage_) external restricted {
        uint256 minimum = Math.ceilDiv(GENESIS_MIN_COVERAGE, COVERAGE_RANGE);
        uint256 maximum = GENESIS_MIN_COVERAGE * COVERAGE_RANGE;
        if (protocolMinCoverage_ < minimum || protocolMinCoverage_ > maximum) {
            revert ParameterOutOfBounds(protocolMinCoverage_, minimum, maximum);
        }
        protocolMinCoverage = protocolMinCoverage_;
        emit ProtocolMinCoverageSet(protocolMinCoverage_);
    }

    /* PUBLISHING */

    /// @inheritdoc IModelRegistry
    function publishModel(
        Manifest calldata manifest,
        Policy calldata policy,
        Tensor[] calldata tensors,
        Op[] calldata ops
    ) external whenIntakeOpen returns (bytes32 modelId) {
        modelId = modelIdOf(msg.sender, manifest, policy);
        if (_models[modelId].publisher != address(0)) revert ModelExists(modelId);
        _requirePolicy(policy);
        if (policy.grounds & Grounds.JUDGEMENT != 0) _requireJudgeable(policy);
        if (policy.grounds & Grounds.REPLAY != 0) _requireReplayable(manifest, policy, tensors, ops);
        else _requireNoGraph(manifest, tensors, ops);
        _store(modelId, manifest, policy);
        emit ModelPublished(modelId, msg.sender, manifest, policy, tensors, ops);
    }

    /// @inheritdoc IModelRegistry
    function deprecate(bytes32 modelId) external {
        Model storage model = _models[modelId];
        if (model.publisher == address(0)) revert ModelUnknown(modelId);
        if (model.publisher != msg.sender) revert NotPublisher(modelId, msg.sender, model.publisher);
        if (model.terms.deprecatedAt != 0) revert ModelDeprecated(modelId, model.terms.deprecatedAt);
        model.terms.deprecatedAt = uint40(block.timestamp);
        emit ModelDeprecation(modelId, block.timestamp);
    }

    /* VIEWS */

    /// @inheritdoc IModelRegistry
    function modelIdOf(
        address publisher,
        Manifest calldata manifest,
        Policy calldata policy
    ) public view returns (bytes32) {
        return keccak256(abi.encode(MODEL_KIND, block.chainid, address(this), publisher, manifest, policy));
    }

    /// @inheritdoc IModelRegistry
    function terms(bytes32 modelId) external view returns (Terms memory result) {
        result = _models[modelId].terms;
        // Every published model has a window.
        if (result.challengeWindow == 0) revert ModelUnknown(modelId);
    }

    /// @inheritdoc IModelRegistry
    function requireTerms(
        bytes32 modelId,
        uint256 coverage,
        bool forBatch
    ) external view returns (uint256 challengeWindow, uint256 penaltyBps, bool privateInput) {
        Terms storage t = _models[modelId].terms;
        challengeWindow = t.challengeWindow;
        if (challengeWindow == 0) revert ModelUnknown(modelId);
        if (coverage < t.minCoverage) revert CoverageTooLow(coverage, t.minCoverage);
        if (forBatch && t.deprecatedAt != 0) revert ModelDeprecated(modelId, t.deprecatedAt);
        return (challengeWindow, t.penaltyBps, t.privateInput);
    }

    /// @inheritdoc IModelRegistry
    function publisherOf(bytes32 modelId) external view returns (address) {
        return _models[modelId].publisher;
    }

    /// @inheritdoc IModelRegistry
    function proofOf(bytes32 modelId) external view returns (address, bytes32) {
        return (_models[modelId].proofVerifier, _models[modelId].proofKey);
    }

    /// @inheritdoc IModelRegistry
    function replayOf(bytes32 modelId) external view returns (bytes32, bytes32, bytes32) {
        Model storage model = _models[modelId];
        return (model.specHash, model.weightsRoot, model.preprocessHash);
    }

    /// @inheritdoc IModelRegistry
    function royaltyToOf(bytes32 modelId) external view returns (address) {
        return _models[modelId].royaltyTo;
    }

    /* INTERNAL */

    function _requirePolicy(Policy calldata policy) private view {
        if (policy.challengeWindow < MIN_WINDOW || policy.challengeWindow > MAX_WINDOW) {
            revert WindowOutOfBounds(policy.challengeWindow, MIN_WINDOW, MAX_WINDOW);
        }
        if (policy.minCoverage < protocolMinCoverage) revert CoverageTooLow(policy.minCoverage, protocolMinCoverage);
        if (policy.penaltyBps < MIN_PENALTY_BPS || policy.penaltyBps > MAX_PENALTY_BPS) {
            revert PenaltyOutOfBounds(policy.penaltyBps, MIN_PENALTY_BPS, MAX_PENALTY_BPS);
        }
        if (policy.royaltyBps > MAX_ROYALTY_BPS || (policy.royaltyBps > 0 && policy.royaltyTo == address(0))) {
            revert RoyaltyOutOfBounds(policy.royaltyBps, MAX_ROYALTY_BPS, policy.royaltyTo);
        }
        if (policy.grounds == 0 || policy.grounds > Grounds.REPLAY | Grounds.JUDGEMENT) {
            revert GroundsInvalid(policy.grounds, Grounds.REPLAY | Grounds.JUDGEMENT);
        }
    }

    /// @dev The one case of an answer is never over before its window, and the penalty leaves a bounty after the fees.
    function _requireJudgeable(Policy calldata policy) private view {
        if (address(JUDGEMENT_TERMS) == address(0)) revert JudgementUnavailable();
        uint256 penalty = (uint256(policy.minCoverage) * policy.penaltyBps) / BPS;
        uint256 left = (penalty * PENALTY_AFTER_RESERVE_BPS) / BPS;
        uint256 fees = 2 * JUDGEMENT_TERMS.firstRoundFee(policy.courtConfig);
        if (left < fees) revert PenaltyBelowFees(left, fees);
        uint256 life = policy.challengeWindow + HONOUR_WINDOW;
        uint256 round0 = JUDGEMENT_TERMS.shortestRound0(policy.courtConfig);
        if (life > round0) revert WindowExceedsRound0(life, round0);
    }

    function _requireReplayable(
        Manifest calldata manifest,
        Policy calldata policy,
        Tensor[] calldata tensors,
        Op[] calldata ops
    ) private pure {
        if (policy.grounds & Grounds.JUDGEMENT == 0 && manifest.preprocessHash != 0) {
            revert PreprocessingUnjudged(manifest.preprocessHash);
        }
        if (manifest.weightsRoot == 0) revert WeightsRootInvalid(manifest.weightsRoot);
        bytes32 specHash = Graph.hash(tensors, ops);
        if (specHash != manifest.specHash) revert SpecHashMismatch(manifest.specHash, specHash);
        GraphSpec.requireProvable(tensors, ops, policy.privateInput ? type(uint256).max : MAX_SHOWN_BYTES);
    }

    function _requireNoGraph(Manifest calldata manifest, Tensor[] calldata tensors, Op[] calldata ops) private pure {
        if (manifest.specHash != 0) revert SpecHashMismatch(manifest.specHash, 0);
        if (manifest.weightsRoot != 0) revert WeightsRootInvalid(manifest.weightsRoot);
        if (tensors.length != 0 || ops.length != 0) revert SpecHashMismatch(0, Graph.hash(tensors, ops));
    }

    function _store(bytes32 modelId, Manifest calldata manifest, Policy calldata policy) private {
        Model storage model = _models[modelId];
        model.terms = Terms({
            challengeWindow: policy.challengeWindow,
            minCoverage: policy.minCoverage,
            penaltyBps: policy.penaltyBps,
            grounds: policy.grounds,
            courtConfig: policy.courtConfig,
            privateInput: policy.privateInput,
            class: manifest.class,
            royaltyBps: policy.royaltyBps,
            deprecatedAt: 0
        });
        model.publisher = msg.sender;
        if (policy.proofVerifier != address(0)) {
            model.proofVerifier = policy.proofVerifier;
            model.proofKey = policy.proofKey;
        }
        if (policy.royaltyTo != address(0)) model.royaltyTo = policy.royaltyTo;
        if (policy.grounds & Grounds.REPLAY != 0) {
            model.specHash = manifest.specHash;
            model.weightsRoot = manifest.weightsRoot;
            if (manifest.preprocessHash != 0) model.preprocessHash = manifest.preprocessHash;
        }
    }
}
