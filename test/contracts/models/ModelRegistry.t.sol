// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import { IntakePausable } from "../../../contracts/governance/IntakePausable.sol";
import { GraphSpec } from "../../../contracts/models/GraphSpec.sol";
import { Graph, Op, Tensor } from "../../../contracts/types/Graph.sol";
import { IJudgementTerms } from "../../../contracts/models/IJudgementTerms.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { ModelRegistry } from "../../../contracts/models/ModelRegistry.sol";
import { MockJudgementTerms } from "../../mocks/MockJudgementTerms.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

contract ModelRegistryTest is ProtocolTest {
    ModelRegistry private models;
    address private royaltyTo = makeAddr("royaltyTo");
    address private verifier = makeAddr("verifier");

    function setUp() public override {
        super.setUp();
        models = protocol.models;
    }

    /* PUBLISHING */

    function test_PublishStoresTheTerms() external {
        IModelRegistry.Manifest memory manifest = _manifest();
        IModelRegistry.Policy memory policy = _fullPolicy();
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        bytes32 expected = models.modelIdOf(publisher, manifest, policy);
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelPublished(expected, publisher, manifest, policy, tensors, ops);
        vm.prank(publisher);
        assertEq(models.publishModel(manifest, policy, tensors, ops), expected);

        IModelRegistry.Terms memory t = models.terms(expected);
        assertEq(t.challengeWindow, policy.challengeWindow);
        assertEq(t.minCoverage, policy.minCoverage);
        assertEq(t.penaltyBps, policy.penaltyBps);
        assertEq(t.grounds, policy.grounds);
        assertEq(t.courtConfig, policy.courtConfig);
        assertTrue(t.privateInput);
        assertEq(uint8(t.class), uint8(IModelRegistry.ModelClass.OpenWeights));
        assertEq(t.royaltyBps, policy.royaltyBps);
        assertEq(t.deprecatedAt, 0);
        assertEq(models.publisherOf(expected), publisher);
        (address proofVerifier, bytes32 proofKey) = models.proofOf(expected);
        assertEq(proofVerifier, verifier);
        assertEq(proofKey, policy.proofKey);
        assertEq(models.royaltyToOf(expected), royaltyTo);
    }

    function test_ModelWithoutVerifierAndRoyaltyHasNeither() external view {
        (address proofVerifier, bytes32 proofKey) = models.proofOf(modelId);
        assertEq(proofVerifier, address(0));
        assertEq(proofKey, 0);
        assertEq(models.royaltyToOf(modelId), address(0));
    }

    function test_RevertWhen_PublishedTwice() external {
        _expectPublish(_policy(), abi.encodeWithSelector(IModelRegistry.ModelExists.selector, modelId));
        // Somebody else's is another model.
        vm.startPrank(stranger);
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        assertNotEq(models.publishModel(_manifest(), _policy(), tensors, ops), modelId);
    }

    function test_RevertWhen_IntakeIsPaused() external {
        vm.prank(guardian);
        models.pause();
        uint256 until = block.timestamp + 72 hours;
        IModelRegistry.Policy memory policy = _policy();
        policy.penaltyBps = 20_000;
        _expectPublish(policy, abi.encodeWithSelector(IntakePausable.IntakePaused.selector, until));
        vm.prank(publisher);
        models.deprecate(modelId);
        vm.warp(until);
        _publishModel(policy);
    }

    /* POLICY */

    function testFuzz_Window(uint32 window) external {
        IModelRegistry.Policy memory policy = _fullPolicy();
        policy.challengeWindow = window;
        if (window >= 1 hours && window <= 7 days) {
            assertEq(models.terms(_publishModel(policy)).challengeWindow, window);
        } else {
            _expectPublish(
                policy,
                abi.encodeWithSelector(IModelRegistry.WindowOutOfBounds.selector, window, 1 hours, 7 days)
            );
        }
    }

    function test_WindowAtItsBounds() external {
        IModelRegistry.Policy memory policy = _fullPolicy();
        uint32[2] memory inside = [uint32(1 hours), 7 days];
        uint32[2] memory outside = [uint32(1 hours - 1), 7 days + 1];
        for (uint256 i = 0; i < 2; ++i) {
            policy.challengeWindow = inside[i];
            _publishModel(policy);
            policy.challengeWindow = outside[i];
            _expectPublish(
                policy,
                abi.encodeWithSelector(IModelRegistry.WindowOutOfBounds.selector, outside[i], 1 hours, 7 days)
            );
        }
    }

    function test_CoverageAtItsBound() external {
        IModelRegistry.Policy memory policy = _policy();
        policy.minCoverage = COVERAGE - 1;
        _expectPublish(policy, abi.encodeWithSelector(IModelRegistry.CoverageTooLow.selector, COVERAGE - 1, COVERAGE));
        policy.minCoverage = type(uint96).max;
        assertEq(models.terms(_publishModel(policy)).minCoverage, type(uint96).max);
    }

    function test_PenaltyAtItsBounds() external {
        IModelRegistry.Policy memory policy = _fullPolicy();
        uint16[2] memory inside = [uint16(5_000), 30_000];
        uint16[2] memory outside = [uint16(4_999), 30_001];
        for (uint256 i = 0; i < 2; ++i) {
            policy.penaltyBps = inside[i];
            _publishModel(policy);
            policy.penaltyBps = outside[i];
            _expectPublish(
                policy,
                abi.encodeWithSelector(IModelRegistry.PenaltyOutOfBounds.selector, outside[i], 5_000, 30_000)
            );
        }
    }

    function test_RoyaltyAtItsBound() external {
        IModelRegistry.Policy memory policy = _fullPolicy();
        policy.royaltyBps = 2_001;
        _expectPublish(
            policy,
            abi.encodeWithSelector(IModelRegistry.RoyaltyOutOfBounds.selector, 2_001, 2_000, royaltyTo)
        );
        policy.royaltyTo = address(0);
        policy.royaltyBps = 1;
        _expectPublish(
            policy,
            abi.encodeWithSelector(IModelRegistry.RoyaltyOutOfBounds.selector, 1, 2_000, address(0))
        );
        policy.royaltyBps = 0;
        _publishModel(policy);
        (policy.royaltyBps, policy.royaltyTo) = (0, royaltyTo);
        assertEq(models.royaltyToOf(_publishModel(policy)), royaltyTo);
    }

    function testFuzz_GroundsThatDoNotExist(uint8 grounds) external {
        if (grounds < 4) grounds = 0;
        IModelRegistry.Policy memory policy = _policy();
        policy.grounds = grounds;
        _expectPublish(policy, abi.encodeWithSelector(IModelRegistry.GroundsInvalid.selector, grounds, 3));
        policy.grounds = 4;
        _expectPublish(policy, abi.encodeWithSelector(IModelRegistry.GroundsInvalid.selector, 4, 3));
    }

    function test_RevertWhen_JudgementWithoutACourt() external {
        bytes memory arguments = abi.encode(protocol.access, uint256(1 hours), COVERAGE, address(0));
        models = ModelRegistry(deployCode("contracts/models/ModelRegistry.sol:ModelRegistry", arguments));
        IModelRegistry.Policy memory policy = _policy();
        for (uint8 grounds = 2; grounds <= 3; ++grounds) {
            policy.grounds = grounds;
            _expectPublish(policy, abi.encodeWithSelector(IModelRegistry.JudgementUnavailable.selector));
        }
    }

    function test_PrivateInputIsOneOfTheTerms() external {
        IModelRegistry.Policy memory policy = _policy();
        policy.privateInput = true;
        bytes32 id = _publishModel(policy);
        (uint256 window, uint256 penaltyBps, bool privateInput) = models.requireTerms(id, COVERAGE, true);
        assertTrue(privateInput);
        assertEq(window, WINDOW);
        assertEq(penaltyBps, PENALTY_BPS);
        (, , privateInput) = models.requireTerms(modelId, COVERAGE, true);
        assertFalse(privateInput);
    }

    /* MANIFEST */

    function test_RevertWhen_ReplayAloneHasPreprocessing() external {
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.preprocessHash = keccak256("features");
        _expectPublish(
            manifest,
            _policy(),
            abi.encodeWithSelector(IModelRegistry.PreprocessingUnjudged.selector, manifest.preprocessHash)
        );
    }

    function test_RevertWhen_ReplayHasNoWeights() external {
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.weightsRoot = 0;
        _expectPublish(
            manifest,
            _policy(),
            abi.encodeWithSelector(IModelRegistry.WeightsRootInvalid.selector, bytes32(0))
        );
    }

    function testFuzz_SpecHashOfAnotherGraphIsRefused(bytes32 specHash) external {
        IModelRegistry.Manifest memory manifest = _manifest();
        bytes32 actual = manifest.specHash;
        vm.assume(specHash != actual);
        manifest.specHash = specHash;
        _expectPublish(
            manifest,
            _policy(),
            abi.encodeWithSelector(IModelRegistry.SpecHashMismatch.selector, specHash, actual)
        );
    }

    /* DEPRECATION */

    function test_DeprecateStopsBatchesOnly() external {
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelDeprecation(modelId, block.timestamp);
        vm.prank(publisher);
        models.deprecate(modelId);
        assertEq(models.terms(modelId).deprecatedAt, block.timestamp);
        models.requireTerms(modelId, COVERAGE, false);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelDeprecated.selector, modelId, block.timestamp));
        models.requireTerms(modelId, COVERAGE, true);
    }

    function test_RevertWhen_DeprecatedTwiceOrByOther() external {
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotPublisher.selector, modelId, owner, publisher));
        models.deprecate(modelId);
        vm.startPrank(publisher);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, bytes32(0)));
        models.deprecate(0);
        models.deprecate(modelId);
        uint256 deprecatedAt = block.timestamp;
        skip(1);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelDeprecated.selector, modelId, deprecatedAt));
        models.deprecate(modelId);
    }

    /* VIEWS */

    function test_RevertWhen_ModelIsUnknown() external {
        bytes32 id = keccak256("unknown");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, id));
        models.terms(id);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, id));
        models.requireTerms(id, COVERAGE, false);
        assertEq(models.publisherOf(id), address(0));
    }

    function test_RevertWhen_CoverageIsBelowTheModels() external {
        models.requireTerms(modelId, COVERAGE, true);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.CoverageTooLow.selector, COVERAGE - 1, COVERAGE));
        models.requireTerms(modelId, COVERAGE - 1, false);
    }

    function test_ModelIdIsTheHashOfKindPlaceAndContent() external {
        bytes memory content = abi.encode(
            keccak256("Credence.Model"),
            block.chainid,
            address(models),
            publisher,
            _manifest(),
            _policy()
        );
        assertEq(models.modelIdOf(publisher, _manifest(), _policy()), keccak256(content));
        assertEq(modelId, keccak256(content));
        assertNotEq(models.modelIdOf(stranger, _manifest(), _policy()), modelId);
        vm.chainId(block.chainid + 1);
        assertNotEq(models.modelIdOf(publisher, _manifest(), _policy()), modelId);
    }

    /// @dev Every field of manifest and policy changed alone, by a fuzzed word.
    function testFuzz_ModelIdDiffersForEveryField(uint256 seed) external view {
        for (uint256 field = 0; field < 18; ++field) {
            IModelRegistry.Manifest memory m = _manifest();
            IModelRegistry.Policy memory p = _fullPolicy();
            bytes32 before = models.modelIdOf(publisher, m, p);
            if (field < 8) _changeManifest(m, field, seed);
            else _changePolicy(p, field - 8, seed);
            assertNotEq(models.modelIdOf(publisher, m, p), before);
        }
    }

    /* GOVERNANCE */

    function test_ProtocolMinCoverageBindsModelsToCome() external {
        vm.startPrank(owner);
        vm.expectEmit(address(models));
        emit IModelRegistry.ProtocolMinCoverageSet(100e18);
        models.setProtocolMinCoverage(100e18);
        assertEq(models.protocolMinCoverage(), 100e18);
        models.requireTerms(modelId, COVERAGE, true);
        vm.stopPrank();
        IModelRegistry.Policy memory policy = _policy();
        policy.minCoverage = 100e18 - 1;
        _expectPublish(
            policy,
            abi.encodeWithSelector(IModelRegistry.CoverageTooLow.selector, 100e18 - 1, uint256(100e18))
        );
        vm.prank(owner);
        models.setProtocolMinCoverage(1e18);
        policy.minCoverage = 1e18;
        _publishModel(policy);
    }

    function test_RevertWhen_ProtocolMinCoverageIsBelowATenthOrAboveTenTimes() external {
        uint96[2] memory outside = [uint96(1e18 - 1), 100e18 + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(owner);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IModelRegistry.ParameterOutOfBounds.selector,
                    outside[i],
                    uint256(1e18),
                    uint256(100e18)
                )
            );
            models.setProtocolMinCoverage(outside[i]);
        }
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        models.setProtocolMinCoverage(COVERAGE);
    }

    function test_DeploymentBounds() external {
        IJudgementTerms none = IJudgementTerms(address(0));
        address access = address(protocol.access);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ParameterOutOfBounds.selector, 0, 1, 1 days));
        new ModelRegistry(access, 0, COVERAGE, none);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ParameterOutOfBounds.selector, 1 days + 1, 1, 1 days));
        new ModelRegistry(access, 1 days + 1, COVERAGE, none);
        uint256 maximum = type(uint96).max;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ParameterOutOfBounds.selector, 0, 1, maximum));
        new ModelRegistry(access, 1 days, 0, none);
        // A minimum that ten does not divide: the tenth is rounded up.
        ModelRegistry odd = new ModelRegistry(access, 1 days, 11, none);
        assertEq(odd.MIN_WINDOW(), 1 days);
        assertEq(odd.HONOUR_WINDOW(), 36 hours);
        assertEq(odd.GENESIS_MIN_COVERAGE(), 11);
        assertEq(models.HONOUR_WINDOW(), 13 hours);
    }

    function _fullPolicy() private view returns (IModelRegistry.Policy memory policy) {
        policy = _policy();
        policy.challengeWindow = 3 hours;
        policy.minCoverage = COVERAGE + 1;
        policy.penaltyBps = 12_345;
        policy.courtConfig = 3;
        policy.proofVerifier = verifier;
        policy.proofKey = keccak256("proofKey");
        policy.privateInput = true;
        policy.royaltyBps = 2_000;
        policy.royaltyTo = royaltyTo;
    }

    function _changeManifest(IModelRegistry.Manifest memory m, uint256 field, uint256 seed) private pure {
        bytes32 word = keccak256(abi.encode(seed));
        if (field == 0) m.name = string(abi.encode(word));
        else if (field == 1) m.version = string(abi.encode(word));
        else if (field == 2) m.uri = string(abi.encode(word));
        else if (field == 3) m.artifactHash = word;
        else if (field == 4) m.class = IModelRegistry.ModelClass(seed % 2);
        else if (field == 5) m.specHash = word;
        else if (field == 6) m.weightsRoot = word;
        else m.preprocessHash = word;
    }

    function _changePolicy(IModelRegistry.Policy memory p, uint256 field, uint256 seed) private pure {
        // Never zero, so that adding it modulo 2^16 and more changes the field.
        uint16 difference = uint16(bound(seed, 1, 255));
        unchecked {
            if (field == 0) p.challengeWindow += difference;
            else if (field == 1) p.minCoverage += difference;
            else if (field == 2) p.penaltyBps += difference;
            else if (field == 3) p.grounds += uint8(difference);
            else if (field == 4) p.courtConfig += difference;
            else if (field == 5) p.proofVerifier = address(uint160(p.proofVerifier) ^ difference);
            else if (field == 6) p.proofKey = keccak256(abi.encode(seed));
            else if (field == 7) p.privateInput = !p.privateInput;
            else if (field == 8) p.royaltyBps += difference;
            else p.royaltyTo = address(uint160(p.royaltyTo) ^ difference);
        }
    }

    function _expectPublish(IModelRegistry.Policy memory policy, bytes memory error_) private {
        _expectPublish(_manifest(), policy, error_);
    }

    function _expectPublish(
        IModelRegistry.Manifest memory manifest,
        IModelRegistry.Policy memory policy,
        bytes memory error_
    ) private {
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        vm.prank(publisher);
        vm.expectRevert(error_);
        models.publishModel(manifest, policy, tensors, ops);
    }
}

/// @notice Models that token holders may judge, in a deployment that has a court.
contract JudgementTest is ProtocolTest {
    uint16 private constant CONFIG = 5;
    /// @dev 60 % of the smallest penalty, 10 tokens here, pays twice a fee of 3.
    uint256 private constant FEE = 3e18;
    uint256 private constant ROUND0 = WINDOW + 13 hours;

    MockJudgementTerms private court;

    function setUp() public override {
        court = new MockJudgementTerms();
        court.set(CONFIG, FEE, ROUND0);
        super.setUp();
        bytes memory arguments = abi.encode(protocol.access, uint256(1 hours), COVERAGE, court);
        protocol.models = ModelRegistry(deployCode("contracts/models/ModelRegistry.sol:ModelRegistry", arguments));
    }

    function test_BothGroundsWithPreprocessing() external {
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.preprocessHash = keccak256("features");
        IModelRegistry.Policy memory policy = _judged();
        policy.grounds = 3;
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        bytes32 id = protocol.models.publishModel(manifest, policy, tensors, ops);
        assertEq(protocol.models.terms(id).grounds, 3);
        assertEq(protocol.models.terms(id).courtConfig, CONFIG);
    }

    function test_BothGroundsCheckTheGraph() external {
        IModelRegistry.Policy memory policy = _judged();
        policy.grounds = 3;
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        ops[0].zero = 1;
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.specHash = keccak256(abi.encode(uint16(1), tensors, ops));
        vm.expectRevert(abi.encodeWithSelector(GraphSpec.GraphInvalid.selector, GraphSpec.Fault.Zero, 0, 1, 0));
        protocol.models.publishModel(manifest, policy, tensors, ops);
    }

    function test_JudgementAloneHasNoGraph() external {
        bytes32 id = _publishJudged(_judgedManifest(), _judged());
        assertEq(protocol.models.terms(id).grounds, 2);
    }

    function test_RevertWhen_JudgementAloneHasAGraph() external {
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        IModelRegistry.Manifest memory manifest = _judgedManifest();
        manifest.specHash = _manifest().specHash;
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.SpecHashMismatch.selector, manifest.specHash, bytes32(0))
        );
        protocol.models.publishModel(manifest, _judged(), tensors, ops);
        manifest = _judgedManifest();
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.SpecHashMismatch.selector, bytes32(0), _manifest().specHash)
        );
        protocol.models.publishModel(manifest, _judged(), tensors, ops);
        ops = new Op[](0);
        bytes32 hash = keccak256(abi.encode(uint16(1), tensors, ops));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.SpecHashMismatch.selector, bytes32(0), hash));
        protocol.models.publishModel(manifest, _judged(), tensors, ops);
        manifest.weightsRoot = keccak256("weights");
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.WeightsRootInvalid.selector, manifest.weightsRoot));
        _publishJudged(manifest, _judged());
    }

    function test_PenaltyThatJustPaysTheFees() external {
        _publishJudged(_judgedManifest(), _judged());
        court.set(CONFIG, FEE + 1, ROUND0);
        IModelRegistry.Policy memory policy = _judged();
        policy.challengeWindow = WINDOW - 1;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.PenaltyBelowFees.selector, 2 * FEE, 2 * (FEE + 1)));
        _publishJudged(_judgedManifest(), policy);
    }

    /// @dev The smallest penalty is the smallest coverage's; both divisions round down, against the model.
    function testFuzz_PenaltyPaysTheFeesTwice(uint96 minCoverage, uint16 penaltyBps, uint256 fee) external {
        IModelRegistry.Policy memory policy = _judged();
        policy.minCoverage = uint96(bound(minCoverage, COVERAGE, 100e18));
        policy.penaltyBps = uint16(bound(penaltyBps, 5_000, 30_000));
        fee = bound(fee, 0, 100e18);
        court.set(CONFIG, fee, ROUND0);
        uint256 left = (((uint256(policy.minCoverage) * policy.penaltyBps) / 10_000) * 60) / 100;
        if (left < 2 * fee) {
            vm.expectRevert(abi.encodeWithSelector(IModelRegistry.PenaltyBelowFees.selector, left, 2 * fee));
        }
        _publishJudged(_judgedManifest(), policy);
    }

    function test_RevertWhen_WindowOutlastsRound0() external {
        IModelRegistry.Policy memory policy = _judged();
        policy.challengeWindow = WINDOW + 1;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.WindowExceedsRound0.selector, ROUND0 + 1, ROUND0));
        _publishJudged(_judgedManifest(), policy);
    }

    function _judged() private pure returns (IModelRegistry.Policy memory policy) {
        policy = _policy();
        policy.grounds = 2;
        policy.courtConfig = CONFIG;
    }

    function _judgedManifest() private pure returns (IModelRegistry.Manifest memory manifest) {
        manifest = _manifest();
        manifest.class = IModelRegistry.ModelClass.ProxiedApi;
        (manifest.specHash, manifest.weightsRoot) = (0, 0);
    }

    function _publishJudged(
        IModelRegistry.Manifest memory manifest,
        IModelRegistry.Policy memory policy
    ) private returns (bytes32) {
        return protocol.models.publishModel(manifest, policy, new Tensor[](0), new Op[](0));
    }
}
