// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { CredenceConsumer, Requirement } from "../../../contracts/consumer/CredenceConsumer.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { AnswerStatus, Confidence, Methods } from "../../../contracts/types/Confidence.sol";
import { Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { CallingBackConsumer, ICallback } from "../../mocks/CallingBackConsumer.sol";
import { ExposedConsumer } from "../../mocks/ExposedConsumer.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract CredenceConsumerTest is AnswerTest, ICallback {
    uint40 private constant HALF = 1 hours;

    ExposedConsumer private consumer;
    CredenceReceipt private receipt;
    bytes32 private id;
    Requirement private acting;
    Requirement private waiting;

    function setUp() public override {
        super.setUp();
        consumer = new ExposedConsumer(attestations);
        beneficiary = address(consumer);
        receipt = _published(0);
        id = _id(receipt);
        acting = Requirement({
            modelId: modelId,
            inputHash: keccak256(REQUEST),
            minBacked: 0,
            minPayable: COVERAGE,
            methods: 0,
            mustBeFinal: false,
            acceptContested: false,
            maxAge: HALF,
            beneficiary: address(0)
        });
        waiting = acting;
        (waiting.mustBeFinal, waiting.minPayable, waiting.maxAge) = (true, 0, 0);
        waiting.minBacked = COVERAGE;
    }

    function test_ReadsTheRegistryItIsGiven() external view {
        assertEq(address(consumer.ATTESTATIONS()), address(attestations));
    }

    /* GATES THAT ARE MET */

    function test_ActsAtOnceAndConsumes() external {
        assertFalse(consumer.isConsumed(id));
        vm.expectEmit(address(consumer));
        emit CredenceConsumer.ReceiptUsed(id, AnswerStatus.Pending, COVERAGE);
        (bytes32 used, Confidence memory c) = consumer.requireConfidence(_bare(receipt), acting);
        assertEq(used, id);
        _assertConfidence(c, attestations.checkReceipt(receipt));
        assertTrue(consumer.isConsumed(id));
    }

    function test_RevertWhen_ConsumedTwice() external {
        consumer.requireConfidence(_bare(receipt), acting);
        _expectUnmet(acting, abi.encodeWithSelector(CredenceConsumer.ReceiptConsumed.selector, id));
        // Another contract has not acted on it, but is not its beneficiary either.
        ExposedConsumer other = new ExposedConsumer(attestations);
        vm.expectRevert(
            abi.encodeWithSelector(CredenceConsumer.BeneficiaryMismatch.selector, address(consumer), address(other))
        );
        other.requireConfidence(_bare(receipt), acting);
    }

    function test_FinalAnswersAreUsedAnyNumberOfTimes() external {
        vm.warp(block.timestamp + WINDOW);
        vm.expectEmit(address(consumer));
        emit CredenceConsumer.ReceiptUsed(id, AnswerStatus.Final, 0);
        consumer.requireConfidence(_bare(receipt), waiting);
        consumer.requireConfidence(_bare(receipt), waiting);
        assertFalse(consumer.isConsumed(id));
    }

    function test_ContestedIsAcceptedWhereTheGateSaysSo() external {
        _hold(receipt);
        _expectUnmet(
            acting,
            abi.encodeWithSelector(CredenceConsumer.StatusNotAccepted.selector, AnswerStatus.Contested)
        );
        acting.acceptContested = true;
        consumer.requireConfidence(_bare(receipt), acting);
        assertTrue(consumer.isConsumed(id));
    }

    function test_AnotherBeneficiaryIsAcceptedWhereTheGateSaysSo() external {
        beneficiary = makeAddr("treasury");
        CredenceReceipt memory other = _published(1);
        acting.beneficiary = beneficiary;
        consumer.requireConfidence(_bare(other), acting);
    }

    /* GATES THAT ARE BADLY WRITTEN */

    function test_RevertWhen_TheGateForgetsTheModel() external {
        acting.modelId = 0;
        _expectGate(acting, abi.encodeWithSelector(CredenceConsumer.ModelNotRequired.selector));
    }

    function test_RevertWhen_TheGateForgetsTheQuestion() external {
        acting.inputHash = 0;
        _expectGate(acting, abi.encodeWithSelector(CredenceConsumer.InputNotRequired.selector));
    }

    function test_RevertWhen_AFinalGateAcceptsContested() external {
        waiting.acceptContested = true;
        _expectGate(waiting, abi.encodeWithSelector(CredenceConsumer.ContestedNeverFinal.selector));
    }

    function test_RevertWhen_AnActingGateForgetsTheAge() external {
        acting.maxAge = 0;
        _expectGate(acting, abi.encodeWithSelector(CredenceConsumer.MaxAgeOutOfRange.selector, 0, type(uint40).max));
    }

    function test_RevertWhen_AnActingGateAsksForNothingPayable() external {
        acting.minPayable = 0;
        _expectGate(acting, abi.encodeWithSelector(CredenceConsumer.PayableNotRequired.selector));
    }

    function test_MaxAgeIsAtMostHalfOfTheWindow() external {
        acting.maxAge = HALF + 1;
        _expectUnmet(acting, abi.encodeWithSelector(CredenceConsumer.MaxAgeOutOfRange.selector, HALF + 1, HALF));
        acting.maxAge = HALF;
        consumer.requireConfidence(_bare(receipt), acting);
    }

    /* CONDITIONS THAT ARE NOT MET */

    function test_RevertWhen_TheModelIsAnother() external {
        acting.modelId = keccak256("other");
        _expectUnmet(acting, abi.encodeWithSelector(CredenceConsumer.ModelMismatch.selector, modelId, acting.modelId));
    }

    function test_RevertWhen_TheQuestionIsAnother() external {
        acting.inputHash = keccak256("other");
        _expectUnmet(
            acting,
            abi.encodeWithSelector(CredenceConsumer.InputMismatch.selector, keccak256(REQUEST), acting.inputHash)
        );
    }

    function test_RevertWhen_TheBeneficiaryIsAnother() external {
        acting.beneficiary = stranger;
        _expectUnmet(
            acting,
            abi.encodeWithSelector(CredenceConsumer.BeneficiaryMismatch.selector, address(consumer), stranger)
        );
    }

    function test_RevertWhen_NotPublished() external {
        Leaf memory leaf = _anchorOne(_receipt(1));
        bytes memory expected = abi.encodeWithSelector(CredenceConsumer.NotPublished.selector, AnswerStatus.Pending);
        vm.expectRevert(expected);
        consumer.requireConfidence(leaf, acting);
        vm.expectRevert(expected);
        consumer.requireConfidence(leaf, waiting);
        leaf.index = 1;
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.NotPublished.selector, AnswerStatus.Unknown));
        consumer.requireConfidence(leaf, acting);
    }

    function test_RevertWhen_NotFinalYet() external {
        uint256 finalAt = block.timestamp + WINDOW;
        vm.warp(finalAt - 1);
        _expectUnmet(
            waiting,
            abi.encodeWithSelector(CredenceConsumer.NotFinal.selector, AnswerStatus.Pending, finalAt - 1, finalAt)
        );
        vm.warp(finalAt);
        consumer.requireConfidence(_bare(receipt), waiting);
    }

    function test_RevertWhen_NeverFinal() external {
        _hold(receipt);
        _expectNotFinal(AnswerStatus.Contested);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _expectNotFinal(AnswerStatus.Undecided);
        _seize(receipt);
        _expectNotFinal(AnswerStatus.Overturned);
    }

    function test_RevertWhen_AnActingGateMeetsAnyOtherStatus() external {
        uint256 start = block.timestamp;
        acting.acceptContested = true;
        vm.warp(start + WINDOW);
        _expectStatus(AnswerStatus.Final);
        vm.warp(start);
        _tombstone();
        _expectStatus(AnswerStatus.Recalled);
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _expectStatus(AnswerStatus.Undecided);
        _seize(receipt);
        _expectStatus(AnswerStatus.Overturned);
    }

    function test_RevertWhen_TooOld() external {
        acting.maxAge = 10 minutes;
        uint256 start = block.timestamp;
        vm.warp(start + 10 minutes);
        _expectUnmet(acting, abi.encodeWithSelector(CredenceConsumer.TooOld.selector, 10 minutes, 10 minutes));
        vm.warp(start + 10 minutes - 1);
        consumer.requireConfidence(_bare(receipt), acting);
    }

    function test_RevertWhen_AFinalAnswerIsTooOld() external {
        waiting.maxAge = 1 days;
        uint256 start = block.timestamp;
        vm.warp(start + 1 days);
        _expectUnmet(waiting, abi.encodeWithSelector(CredenceConsumer.TooOld.selector, 1 days, 1 days));
        vm.warp(start + 1 days - 1);
        consumer.requireConfidence(_bare(receipt), waiting);
    }

    function test_RevertWhen_TooLittleBacked() external {
        acting.minBacked = COVERAGE + 1;
        _expectUnmet(acting, abi.encodeWithSelector(CredenceConsumer.BackedTooLow.selector, COVERAGE, COVERAGE + 1));
    }

    function test_RevertWhen_TooLittlePayable() external {
        acting.minPayable = COVERAGE + 1;
        _expectUnmet(acting, abi.encodeWithSelector(CredenceConsumer.PayableTooLow.selector, COVERAGE, COVERAGE + 1));
    }

    function test_RevertWhen_LockedShort() external {
        _leaveLockable(8e18);
        CredenceReceipt memory short = _receipt(1);
        _anchorAlone(short);
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.PayableTooLow.selector, 4e18, COVERAGE));
        consumer.requireConfidence(_bare(short), acting);
    }

    function test_RevertWhen_AMethodIsMissing() external {
        acting.methods = Methods.PROVEN | Methods.SEEN;
        _expectUnmet(
            acting,
            abi.encodeWithSelector(CredenceConsumer.MethodsMissing.selector, Methods.SEEN, acting.methods)
        );
    }

    function test_SeenIsAskedForUnlessTheGateAsksForOthers() external {
        IModelRegistry.Policy memory policy = _policy();
        policy.privateInput = true;
        CredenceReceipt memory hidden = _receipt(1);
        hidden.modelId = _publishModel(policy);
        Leaf memory leaf = _anchorOne(hidden);
        attestations.publish(leaf, "", "");
        acting.modelId = hidden.modelId;
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.MethodsMissing.selector, 0, Methods.SEEN));
        consumer.requireConfidence(leaf, acting);
        _hold(hidden);
        _release(hidden, IAttestationRegistry.CaseEnd.Upheld);
        acting.methods = Methods.COURT_UPHELD;
        consumer.requireConfidence(leaf, acting);
    }

    function test_OutputIsTheReceipts() external {
        consumer.requireOutput(receipt, OUTPUT);
        vm.expectRevert(
            abi.encodeWithSelector(CredenceConsumer.OutputMismatch.selector, keccak256("other"), keccak256(OUTPUT))
        );
        consumer.requireOutput(receipt, "other");
    }

    /* QUORUM */

    function test_QuorumOfDifferentOperators() external {
        Leaf[] memory leaves = _threeOperators();
        consumer.requireQuorum(leaves, acting, keccak256(OUTPUT), 3);
        for (uint256 i = 0; i < 3; ++i) assertTrue(consumer.isConsumed(_id(leaves[i].receipt)));
        // They are consumed, and count no more.
        _expectQuorum(leaves, acting, 1, 0);
    }

    function test_QuorumStopsAtK() external {
        Leaf[] memory leaves = _threeOperators();
        consumer.requireQuorum(leaves, acting, keccak256(OUTPUT), 2);
        assertFalse(consumer.isConsumed(_id(leaves[2].receipt)));
    }

    function test_RevertWhen_TheQuorumIsMissed() external {
        Leaf[] memory leaves = _threeOperators();
        _expectQuorum(leaves, acting, 4, 3);
        assertFalse(consumer.isConsumed(id));
    }

    function test_RevertWhen_TheQuorumIsZero() external {
        _expectQuorum(_threeOperators(), acting, 0, 0);
        _expectQuorum(new Leaf[](0), acting, 1, 0);
    }

    function test_BadLeavesDoNotCountAndDoNotRevert() external {
        Leaf[] memory good = _threeOperators();
        Leaf[] memory leaves = new Leaf[](6);
        leaves[0] = _bare(_receipt(70)); // not anchored
        leaves[1] = good[0];
        leaves[2] = good[0]; // again
        leaves[3] = _bare(_published(71)); // the same operator
        CredenceReceipt memory other = good[1].receipt;
        other.outputHash = keccak256("other"); // another output; not signed either
        leaves[4] = _bare(other);
        leaves[5] = good[2];
        _expectQuorum(leaves, acting, 3, 2);
        consumer.requireQuorum(leaves, acting, keccak256(OUTPUT), 2);
        assertFalse(consumer.isConsumed(_id(leaves[3].receipt)));
    }

    function test_AnotherOutputDoesNotCount() external {
        _expectQuorum(_threeOperators(), acting, 1, 0, keccak256("other"));
    }

    function test_FinalQuorumConsumesNothing() external {
        Leaf[] memory leaves = _threeOperators();
        _expectQuorum(leaves, waiting, 1, 0);
        vm.warp(block.timestamp + WINDOW);
        consumer.requireQuorum(leaves, waiting, keccak256(OUTPUT), 3);
        consumer.requireQuorum(leaves, waiting, keccak256(OUTPUT), 3);
        assertFalse(consumer.isConsumed(id));
    }

    function test_RevertWhen_TheGateOfAQuorumIsBadlyWritten() external {
        acting.inputHash = 0;
        Leaf[] memory leaves = _threeOperators();
        vm.expectRevert(CredenceConsumer.InputNotRequired.selector);
        consumer.requireQuorum(leaves, acting, keccak256(OUTPUT), 1);
    }

    /* ATTACKS */

    /// @dev The receipt is consumed before the action: calling back in the middle of it acts no second time.
    function test_ReentrantCallerActsOnce() external {
        CallingBackConsumer careless = new CallingBackConsumer(attestations, acting);
        beneficiary = address(careless);
        CredenceReceipt memory other = _published(1);
        careless.act(_bare(other));
        assertEq(reentered, 1);
        assertEq(careless.actions(), 1);
    }

    uint256 private reentered;

    /// @inheritdoc ICallback
    function onAction(Leaf calldata leaf) external {
        ++reentered;
        bytes32 used = _id(leaf.receipt);
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.ReceiptConsumed.selector, used));
        CallingBackConsumer(msg.sender).act(leaf);
    }

    /// @dev Only the receipt's own fields make its id: a copy with another beneficiary is another, unsigned receipt.
    function test_RevertWhen_ACopyNamesAnotherBeneficiary() external {
        CredenceReceipt memory copy = receipt;
        copy.beneficiary = stranger;
        acting.beneficiary = stranger;
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.NotPublished.selector, AnswerStatus.Unknown));
        consumer.requireConfidence(_bare(copy), acting);
    }

    function test_TheConsumerIsHeldHarmless() external {
        consumer.requireConfidence(_bare(receipt), acting);
        _hold(receipt);
        vm.warp(block.timestamp + 10 days);
        _seize(receipt);
        assertEq(_credit(address(consumer)), COVERAGE);
        vm.prank(stranger);
        assertEq(protocol.vault.claim(address(consumer)), COVERAGE);
        assertEq(token.balanceOf(address(consumer)), COVERAGE);
    }

    /// @dev Whatever the numbers, a gate that acted had at least what it asked for locked for it, and is paid it.
    function testFuzz_WhatWasPayableIsPaid(uint96 minPayable, uint40 maxAge, uint40 age) external {
        acting.minPayable = uint96(bound(minPayable, 1, 2 * COVERAGE));
        acting.maxAge = uint40(bound(maxAge, 1, 2 * HALF));
        vm.warp(block.timestamp + bound(age, 0, WINDOW - 1));
        try consumer.requireConfidence(_bare(receipt), acting) {
            _seize(receipt);
            assertGe(_credit(address(consumer)), acting.minPayable);
        } catch {
            age = uint40(block.timestamp - attestations.checkReceipt(receipt).publishedAt);
            assertTrue(acting.minPayable > COVERAGE || acting.maxAge > HALF || age >= acting.maxAge);
            assertFalse(consumer.isConsumed(id));
        }
    }

    /* HELPERS */

    function _threeOperators() private returns (Leaf[] memory leaves) {
        leaves = new Leaf[](3);
        leaves[0] = _bare(receipt);
        leaves[1] = _bare(_publishedBy("second operator"));
        leaves[2] = _bare(_publishedBy("third operator"));
    }

    function _publishedBy(string memory name) private returns (CredenceReceipt memory own) {
        own = _receipt(1);
        own.operator = makeAddr(name);
        _register(own.operator, 10_000e18, 10_000e18);
        (address key, uint256 secret) = makeAddrAndKey(string.concat("key of ", name));
        _addSigner(own.operator, key, secret);
        own.signerId = keccak256(abi.encodePacked(key));
        _publish(_anchorOne(own));
    }

    function _expectUnmet(Requirement memory requirement, bytes memory expected) private {
        vm.expectRevert(expected);
        consumer.requireConfidence(_bare(receipt), requirement);
    }

    /// @dev A badly written gate is told before anything is read: even of an answer that does not exist.
    function _expectGate(Requirement memory requirement, bytes memory expected) private {
        Leaf memory leaf = _bare(_receipt(99));
        vm.expectRevert(expected);
        consumer.requireConfidence(leaf, requirement);
        vm.expectRevert(expected);
        consumer.requireQuorum(new Leaf[](0), requirement, 0, 1);
    }

    function _expectStatus(AnswerStatus status) private {
        _expectUnmet(acting, abi.encodeWithSelector(CredenceConsumer.StatusNotAccepted.selector, status));
    }

    function _expectNotFinal(AnswerStatus status) private {
        uint256 finalAt = attestations.checkReceipt(receipt).finalAt;
        _expectUnmet(
            waiting,
            abi.encodeWithSelector(CredenceConsumer.NotFinal.selector, status, block.timestamp, finalAt)
        );
    }

    function _expectQuorum(Leaf[] memory leaves, Requirement memory requirement, uint256 k, uint256 count) private {
        _expectQuorum(leaves, requirement, k, count, keccak256(OUTPUT));
    }

    function _expectQuorum(
        Leaf[] memory leaves,
        Requirement memory requirement,
        uint256 k,
        uint256 count,
        bytes32 outputHash
    ) private {
        vm.expectRevert(abi.encodeWithSelector(CredenceConsumer.QuorumMissed.selector, count, k));
        consumer.requireQuorum(leaves, requirement, outputHash, k);
    }
}
