// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAccessManaged } from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import { Roles } from "../../../contracts/governance/Roles.sol";
import { IntakePausable } from "../../../contracts/governance/IntakePausable.sol";
import { Op, Tensor } from "../../../contracts/types/Graph.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { Batch } from "../../../contracts/types/Receipt.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

/// @notice Who pauses, how long, how often, and that intake is refused meanwhile. What stays possible:
/// IntakePausable.Exits.t.sol.
contract IntakePausableTest is ProtocolTest {
    IntakePausable[3] private _registries;

    function setUp() public override {
        super.setUp();
        _setUpOperator();
        _registries = [
            IntakePausable(address(protocol.operators)),
            IntakePausable(address(protocol.models)),
            IntakePausable(address(protocol.attestations))
        ];
    }

    function test_PauseLastsThreeDays() external {
        for (uint256 i = 0; i < _registries.length; ++i) {
            assertEq(_registries[i].pausedUntil(), 0);
            vm.expectEmit(address(_registries[i]));
            emit IntakePausable.IntakePausedUntil(block.timestamp + 72 hours);
            _pause(_registries[i]);
            assertEq(_registries[i].pausedUntil(), block.timestamp + 72 hours);
        }
    }

    function test_RevertWhen_AnotherThanTheGuardianPausesOrResumes() external {
        address[3] memory callers = [stranger, operator, owner];
        for (uint256 i = 0; i < _registries.length; ++i) {
            for (uint256 j = 0; j < callers.length; ++j) {
                vm.startPrank(callers[j]);
                vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[j]));
                _registries[i].pause();
                vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[j]));
                _registries[i].resume();
                vm.stopPrank();
            }
        }
    }

    /* WHAT IS REFUSED */

    function test_RegisteringAndHostingWaitForTheEndOfThePause() external {
        _stake(stranger, 2_000e18);
        vm.prank(stranger);
        protocol.vault.optIn(address(protocol.operators));
        _pause(protocol.operators);
        uint256 until = block.timestamp + 72 hours;

        vm.warp(until - 1);
        vm.prank(stranger);
        vm.expectRevert(_paused(until));
        protocol.operators.register("https://operator.example", 0);
        vm.prank(operator);
        vm.expectRevert(_paused(until));
        protocol.operators.host(modelId);

        vm.warp(until);
        vm.prank(stranger);
        protocol.operators.register("https://operator.example", 0);
        vm.prank(operator);
        protocol.operators.host(modelId);
        assertTrue(protocol.operators.hosts(operator, modelId));
    }

    function test_PublishingModelsWaitsForTheEndOfThePause() external {
        _pause(protocol.models);
        uint256 until = block.timestamp + 72 hours;
        IModelRegistry.Policy memory policy = _policy();
        policy.challengeWindow = WINDOW + 1;

        vm.warp(until - 1);
        (Tensor[] memory tensors, Op[] memory ops) = _graph();
        vm.prank(publisher);
        vm.expectRevert(_paused(until));
        protocol.models.publishModel(_manifest(), policy, tensors, ops);

        vm.warp(until);
        assertEq(protocol.models.publisherOf(_publishModel(policy)), publisher);
    }

    function test_AnchoringBatchesWaitsForTheEndOfThePause() external {
        _pause(protocol.attestations);
        uint256 until = block.timestamp + 72 hours;

        vm.warp(until - 1);
        (Batch memory batch, ) = _batch(0, 2);
        vm.prank(operator);
        vm.expectRevert(_paused(until));
        protocol.attestations.anchor(batch, "");

        vm.warp(until);
        vm.prank(operator);
        bytes32 batchId = protocol.attestations.anchor(batch, "");
        (uint256 anchoredAt, ) = protocol.attestations.batch(batchId);
        assertEq(anchoredAt, until);
    }

    function test_OnePauseIsOneRegistrys() external {
        _pause(protocol.operators);
        assertEq(protocol.models.pausedUntil(), 0);
        assertEq(protocol.attestations.pausedUntil(), 0);
        _anchor(0, 2);
        _pause(protocol.models);
    }

    /* HOW OFTEN */

    function test_NextPauseIsThirtyDaysAfterTheEndOfTheLast() external {
        _pause(protocol.operators);
        uint256 notBefore = block.timestamp + 72 hours + 30 days;
        _expectTooSoon(notBefore);
        vm.warp(block.timestamp + 72 hours);
        _expectTooSoon(notBefore);
        vm.warp(notBefore - 1);
        _expectTooSoon(notBefore);
        vm.warp(notBefore);
        _pause(protocol.operators);
        assertEq(protocol.operators.pausedUntil(), notBefore + 72 hours);
    }

    /// @dev Else two guardians, or one with two addresses, could pause for ever.
    function test_AnotherGuardianWaitsAsLong() external {
        _pause(protocol.operators);
        uint256 notBefore = block.timestamp + 72 hours + 30 days;
        vm.startPrank(owner);
        protocol.access.revokeRole(Roles.GUARDIAN, guardian);
        protocol.access.grantRole(Roles.GUARDIAN, stranger, 0);
        vm.stopPrank();
        guardian = stranger;
        vm.warp(notBefore - 1);
        _expectTooSoon(notBefore);
        vm.warp(notBefore);
        _pause(protocol.operators);
    }

    function test_ResumingOpensIntakeAndStartsTheCooldown() external {
        _pause(protocol.operators);
        vm.warp(block.timestamp + 1 hours);
        vm.expectEmit(address(protocol.operators));
        emit IntakePausable.IntakeResumed();
        vm.prank(guardian);
        protocol.operators.resume();
        assertEq(protocol.operators.pausedUntil(), block.timestamp);
        vm.prank(operator);
        protocol.operators.host(modelId);

        uint256 notBefore = block.timestamp + 30 days;
        _expectTooSoon(notBefore);
        vm.warp(notBefore - 1);
        _expectTooSoon(notBefore);
        vm.warp(notBefore);
        _pause(protocol.operators);
    }

    function test_RevertWhen_NothingIsPaused() external {
        vm.startPrank(guardian);
        vm.expectRevert(IntakePausable.IntakeNotPaused.selector);
        protocol.operators.resume();
        protocol.operators.pause();
        vm.warp(block.timestamp + 72 hours - 1);
        protocol.operators.resume();
        vm.expectRevert(IntakePausable.IntakeNotPaused.selector);
        protocol.operators.resume();
        vm.warp(block.timestamp + 30 days);
        protocol.operators.pause();
        vm.warp(block.timestamp + 72 hours);
        vm.expectRevert(IntakePausable.IntakeNotPaused.selector);
        protocol.operators.resume();
    }

    /// @dev Of any 33 days intake is open for 30, whatever the guardian does.
    function testFuzz_IntakeIsOpenForThirtyDaysAfterEveryPause(uint32 length, uint32 wait) external {
        _pause(protocol.operators);
        vm.warp(block.timestamp + bound(length, 0, 72 hours - 1));
        vm.prank(guardian);
        protocol.operators.resume();
        uint256 end = block.timestamp;
        vm.warp(end + wait);
        if (wait < 30 days) _expectTooSoon(end + 30 days);
        else _pause(protocol.operators);
    }

    /* INTERNAL */

    function _pause(IntakePausable registry) private {
        vm.prank(guardian);
        registry.pause();
    }

    function _expectTooSoon(uint256 notBefore) private {
        vm.expectRevert(abi.encodeWithSelector(IntakePausable.PauseTooSoon.selector, block.timestamp, notBefore));
        _pause(protocol.operators);
    }

    function _paused(uint256 until) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IntakePausable.IntakePaused.selector, until);
    }
}
