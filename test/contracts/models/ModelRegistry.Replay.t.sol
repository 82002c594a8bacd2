// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Op, Tensor } from "../../../contracts/types/Graph.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice What the registry keeps of a model for those who replay it.
contract ModelRegistryReplayTest is CourtTest {
    bytes32 private constant FEATURES = keccak256("features");

    function test_GraphAndWeightsAreTheManifests() external {
        _assertReplay(modelId, _manifest().specHash, _manifest().weightsRoot, 0);
        // What is deprecated is replayed all the same.
        vm.prank(publisher);
        protocol.models.deprecate(modelId);
        _assertReplay(modelId, _manifest().specHash, _manifest().weightsRoot, 0);
    }

    function testFuzz_EachModelHasItsOwn(bytes32 weightsRoot) external {
        vm.assume(weightsRoot != 0 && weightsRoot != _manifest().weightsRoot);
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.weightsRoot = weightsRoot;
        bytes32 id = _publishGraph(manifest, _policy());
        _assertReplay(id, manifest.specHash, weightsRoot, 0);
        _assertReplay(modelId, manifest.specHash, _manifest().weightsRoot, 0);
    }

    /// @dev With both grounds the request may be something else than tensor 0; what makes it that is named.
    function testFuzz_PreprocessingIsKept(bytes32 preprocessHash) external {
        IModelRegistry.Manifest memory manifest = _manifest();
        manifest.preprocessHash = preprocessHash;
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.grounds = 3;
        bytes32 id = _publishGraph(manifest, policy);
        _assertReplay(id, manifest.specHash, manifest.weightsRoot, preprocessHash);
    }

    /// @dev Without the ground nothing is kept, whatever the manifest says of its preprocessing.
    function test_ModelWithoutReplayHasNothing() external {
        IModelRegistry.Manifest memory manifest;
        manifest.name = "proxied";
        manifest.preprocessHash = FEATURES;
        IModelRegistry.Policy memory policy = _judgedPolicy();
        vm.prank(publisher);
        bytes32 id = protocol.models.publishModel(manifest, policy, new Tensor[](0), new Op[](0));
        _assertReplay(id, 0, 0, 0);
        _assertReplay(judgedModelId, 0, 0, 0);
    }

    function testFuzz_UnknownModelHasNothing(bytes32 id) external view {
        vm.assume(id != modelId);
        _assertReplay(id, 0, 0, 0);
    }

    /* HELPERS */

    function _publishGraph(
        IModelRegistry.Manifest memory manifest,
        IModelRegistry.Policy memory policy
    ) private returns (bytes32) {
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        vm.prank(publisher);
        return protocol.models.publishModel(manifest, policy, tensors, ops);
    }

    function _assertReplay(bytes32 id, bytes32 specHash, bytes32 weightsRoot, bytes32 preprocessHash) private view {
        (bytes32 actualSpec, bytes32 actualWeights, bytes32 actualPreprocess) = protocol.models.replayOf(id);
        assertEq(actualSpec, specHash, "specHash");
        assertEq(actualWeights, weightsRoot, "weightsRoot");
        assertEq(actualPreprocess, preprocessHash, "preprocessHash");
    }
}
