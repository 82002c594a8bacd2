// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { AnswerStatus, Confidence, Methods } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

contract AnchorReceiptTest is AnswerTest {
    CredenceReceipt private receipt;
    bytes private signature;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        vm.warp(_now() + 1 hours); // the key is older than the receipt
        receipt = _receipt(1);
        _signed();
    }

    function test_AnybodyAnchorsAndPublishesAtOnce() external {
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerPublished({
            receiptId: id,
            operator: operator,
            modelId: modelId,
            batchId: 0,
            receipt: receipt,
            request: REQUEST,
            output: OUTPUT,
            locked: LOCK,
            finalAt: block.timestamp + WINDOW
        });
        assertEq(_anchorIt(), id);
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(a.publishedAt, block.timestamp);
        assertEq(a.finalAt, block.timestamp + WINDOW);
        assertEq(a.locked, LOCK);
        assertEq(a.methods, Methods.SEEN);
        assertTrue(a.anchoredAlone);
        assertFalse(a.undecided || a.merged || a.dishonoured);
        assertEq(_locked(), LOCK);
        _assertStatus(receipt, AnswerStatus.Pending);
        vm.warp(block.timestamp + WINDOW);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    /* WHAT CAME AFTER issuedAt DOES NOT MATTER, WHAT CAME BEFORE DOES */

    function test_AnythingThatCameAfterIssueDoesNotMatter() external {
        vm.warp(block.timestamp + 1);
        vm.prank(publisher);
        protocol.models.deprecate(modelId);
        vm.prank(guardian);
        attestations.pause();
        _jail(block.timestamp + 30 days);
        vm.startPrank(operator);
        protocol.operators.reportCompromise(signerId, receipt.issuedAt + 1);
        protocol.operators.retire();
        vm.stopPrank();
        _tombstone();
        _anchorIt();
        // The tombstone came before the answer is final.
        _assertStatus(receipt, AnswerStatus.Recalled);
        assertEq(_locked(), LOCK);
    }

    function test_RetirementFromItsSecondOn() external {
        vm.prank(operator);
        protocol.operators.retire();
        _expectOnlyEarlier(abi.encodeWithSelector(IOperatorRegistry.OperatorLeft.selector, operator, _now(), _now()));
    }

    function test_TombstoneFromItsSecondOn() external {
        _tombstone();
        _expectOnlyEarlier(abi.encodeWithSelector(IOperatorRegistry.OperatorLeft.selector, operator, _now(), _now()));
    }

    function test_JailFromItsFirstSecondOn() external {
        uint256 until = _now() + 7 days + 1 days;
        _jail(_now() + 7 days);
        _expectOnlyEarlier(
            abi.encodeWithSelector(IOperatorRegistry.OperatorJailed.selector, operator, _now(), _now(), until)
        );
    }

    function test_JailLastsADayBeyondItsTerm() external {
        uint256 from = _now();
        uint256 until = from + 8 days;
        _jail(from + 7 days);
        vm.warp(until);
        _issueAt(until - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.OperatorJailed.selector, operator, until - 1, from, until)
        );
        _anchorIt();
        _issueAt(until);
        _anchorIt();
    }

    function test_RevocationFromItsSecondOn() external {
        uint256 from = protocol.operators.signer(signerId).validFrom;
        vm.prank(operator);
        protocol.operators.revokeSigner(signerId);
        _expectOnlyEarlier(
            abi.encodeWithSelector(IOperatorRegistry.SignerNotValid.selector, signerId, _now(), from, _now())
        );
    }

    function test_RevertWhen_KeyWasNotValidYet() external {
        uint256 from = protocol.operators.signer(signerId).validFrom;
        _issueAt(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorRegistry.SignerNotValid.selector,
                signerId,
                from - 1,
                from,
                type(uint40).max
            )
        );
        _anchorIt();
    }

    /* TIMES */

    function test_RevertWhen_DatedInTheFuture() external {
        _issueAt(_now() + 1);
        _expectVoid(IAttestationRegistry.LeafFault.IssuedAfterAnchoring, _now() + 1, _now());
    }

    function test_RevertWhen_AnchorByIsOver() external {
        vm.warp(receipt.anchorBy);
        _expectVoid(IAttestationRegistry.LeafFault.AnchorBy, receipt.anchorBy, receipt.anchorBy);
        vm.warp(receipt.anchorBy - 1);
        _anchorIt();
    }

    function test_RevertWhen_IssuedMoreThanADayAgo() external {
        uint256 issuedAt = receipt.issuedAt;
        vm.warp(issuedAt + 1 days + 1);
        _expectVoid(IAttestationRegistry.LeafFault.IssuedTooEarly, issuedAt, issuedAt + 1);
    }

    function test_RevertWhen_AnchorByIsMoreThanADayAfterIssue() external {
        receipt.anchorBy += 1;
        _signed();
        _expectVoid(IAttestationRegistry.LeafFault.AnchorByTooLate, _now() + 1 days + 1, _now() + 1 days);
    }

    function test_RevertWhen_JobIsZero() external {
        receipt.jobId = 0;
        _signed();
        _expectVoid(IAttestationRegistry.LeafFault.Job, 0, 1);
    }

    /* WHAT IS REFUSED */

    function test_RevertWhen_AnchoredTwice() external {
        _anchorIt();
        bytes memory expected = abi.encodeWithSelector(IAttestationRegistry.AnswerExists.selector, id);
        vm.expectRevert(expected);
        _anchorIt();
        vm.warp(_now() + 30 days);
        vm.expectRevert(expected);
        _anchorIt();
    }

    function test_RevertWhen_PublishedFromABatch() external {
        _publish(_anchorOne(receipt));
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerExists.selector, id));
        _anchorIt();
    }

    function test_RevertWhen_SignatureIsNotTheSigners() external {
        (address other, uint256 otherKey) = makeAddrAndKey("other");
        signature = abi.encode(abi.encodePacked(signer), _sign(otherKey, id));
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignatureInvalid.selector, signerId, id));
        _anchorIt();
        signature = abi.encode(abi.encodePacked(other), _sign(otherKey, id));
        bytes32 otherId = keccak256(abi.encodePacked(other));
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignatureOfOther.selector, otherId, signerId));
        _anchorIt();
        signature = "";
        vm.expectRevert(IOperatorRegistry.SignatureMalformed.selector);
        _anchorIt();
    }

    /// @dev Not even the operator itself anchors a receipt without its signer's signature.
    function test_RevertWhen_OperatorHasNoSignature() external {
        vm.expectRevert(IOperatorRegistry.SignatureMalformed.selector);
        vm.prank(operator);
        attestations.anchorReceipt(receipt, "", REQUEST, OUTPUT);
    }

    function test_RevertWhen_OperatorIsNotTheSigners() external {
        receipt.operator = stranger;
        _signed();
        vm.expectRevert(abi.encodeWithSelector(IOperatorRegistry.SignerOfOther.selector, signerId, operator, stranger));
        _anchorIt();
    }

    function test_RevertWhen_BytesAreNotTheReceipts() external {
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.RequestMismatch.selector, keccak256(""), keccak256(REQUEST))
        );
        attestations.anchorReceipt(receipt, signature, "", OUTPUT);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.OutputMismatch.selector, keccak256(""), keccak256(OUTPUT))
        );
        attestations.anchorReceipt(receipt, signature, REQUEST, "");
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.ShownTooLong.selector, 16_389, 16_384));
        attestations.anchorReceipt(receipt, signature, new bytes(16_384), hex"0102030405");
    }

    function test_RevertWhen_TermsAreNotTheModels() external {
        receipt.coverage = COVERAGE - 1;
        _signed();
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.CoverageTooLow.selector, COVERAGE - 1, COVERAGE));
        _anchorIt();
        receipt.modelId = keccak256("unknown");
        _signed();
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, receipt.modelId));
        _anchorIt();
    }

    /* SHORT LOCKS */

    function test_LocksWhatThereIsInProportionAndLasts13HoursLonger() external {
        _leaveLockable(15e18);
        _anchorIt();
        uint256 publishedAt = _now();
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(a.locked, 15e18);
        assertEq(a.finalAt, publishedAt + WINDOW + HONOUR);
        Confidence memory c = attestations.checkReceipt(receipt);
        assertEq(c.backed, 7.5e18);
        assertEq(c.payableNow, 7.5e18);
        assertEq(attestations.lockable(operator), 0);
        vm.warp(a.finalAt - 1);
        _assertStatus(receipt, AnswerStatus.Pending);
        vm.warp(a.finalAt);
        _assertStatus(receipt, AnswerStatus.Expired);
        assertEq(attestations.checkReceipt(receipt).payableNow, 0);
        assertEq(attestations.checkReceipt(receipt).backed, 7.5e18);
        // Its lock is free like any other.
        vm.warp(_nextHour(a.finalAt));
        assertEq(attestations.lockable(operator), 89_000e18);
    }

    function test_OneUnitShortIsShort() external {
        _leaveLockable(LOCK);
        _anchorIt();
        assertEq(attestations.answer(id).finalAt, _now() + WINDOW);
        assertEq(attestations.lockable(operator), 0);

        receipt = _receipt(2);
        receipt.coverage = COVERAGE + 1; // locks two units more
        _signed();
        vm.warp(_nextHour(_now() + WINDOW)); // frees LOCK
        receipt.issuedAt = uint48(_now());
        receipt.anchorBy = uint48(_now() + 1);
        _signed();
        _anchorIt();
        assertEq(attestations.answer(id).locked, LOCK);
        assertEq(attestations.answer(id).finalAt, _now() + WINDOW + HONOUR);
        assertEq(attestations.checkReceipt(receipt).backed, COVERAGE);
        vm.warp(_now() + WINDOW + HONOUR);
        _assertStatus(receipt, AnswerStatus.Expired);
    }

    function test_TheExposureCapLimitsTheLock() external {
        vm.prank(operator);
        protocol.operators.setExposureCap(13e18);
        vm.warp(_now() + 1 days);
        _issueAt(_now());
        _anchorIt();
        assertEq(attestations.answer(id).locked, 13e18);
        assertEq(_locked(), 13e18);
    }

    function test_NothingLockableLocksNothing() external {
        _leaveLockable(0);
        uint256 before = _locked();
        _anchorIt();
        assertEq(_locked(), before);
        _assertPublishedWithoutLock();
    }

    function test_NotOptedInCountsAsNothingLockable() external {
        vm.prank(operator);
        protocol.vault.optOut(address(attestations));
        vm.warp(_now() + 1 days);
        _issueAt(_now());
        assertEq(attestations.lockable(operator), 0);
        _anchorIt();
        _assertPublishedWithoutLock();
    }

    function test_AllStakeGoneStillPublishes() external {
        address poor = makeAddr("poor");
        (address key, uint256 secret) = makeAddrAndKey("poor key");
        _stake(poor, 2_000e18);
        vm.startPrank(poor);
        protocol.vault.optIn(address(protocol.operators));
        protocol.operators.register("https://poor.example", type(uint96).max);
        vm.stopPrank();
        _addSigner(poor, key, secret);
        receipt.operator = poor;
        receipt.signerId = keccak256(abi.encodePacked(key));
        id = _id(receipt);
        signature = abi.encode(abi.encodePacked(key), _sign(secret, id));
        _anchorIt();
        _assertPublishedWithoutLock();
    }

    /// @dev What has run out is released in the same call.
    function test_ExpiredLocksAreNotInTheWay() external {
        _anchor(100, 1);
        vm.warp(_nextHour(_now() + WINDOW));
        _issueAt(_now());
        _anchorIt();
        assertEq(_locked(), LOCK);
    }

    /// @dev Coverage and penalty in full proportion, rounded towards the penalty.
    function testFuzz_ShortLockSplitsInProportion(uint96 left, uint96 coverage, uint16 penaltyBps) external {
        IModelRegistry.Policy memory policy = _policy();
        policy.penaltyBps = uint16(bound(penaltyBps, 5_000, 30_000));
        receipt.modelId = _publishModel(policy);
        receipt.coverage = uint96(bound(coverage, COVERAGE, 1_000e18));
        _signed();
        uint256 bps = policy.penaltyBps;
        uint256 required = receipt.coverage + (receipt.coverage * bps + 9_999) / 10_000;
        left = uint96(bound(left, 0, required + 1e18));
        left -= left % 2;
        _leaveLockable(left);
        _anchorIt();
        uint256 locked = left < required ? left : required;
        assertEq(attestations.answer(id).locked, locked);
        uint256 backed = attestations.checkReceipt(receipt).backed;
        assertEq(backed, (locked * 10_000) / (10_000 + bps));
        assertLe(backed, receipt.coverage);
        if (locked == required) assertEq(backed, receipt.coverage);
        assertEq(attestations.answer(id).finalAt, _now() + WINDOW + (left < required ? HONOUR : 0));
    }

    /* HELPERS */

    function _now() private view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    function _signed() private {
        signature = _signReceipt(receipt);
        id = _id(receipt);
    }

    function _issueAt(uint256 issuedAt) private {
        receipt.issuedAt = uint48(issuedAt);
        receipt.anchorBy = uint48(issuedAt + 1 days);
        _signed();
    }

    function _anchorIt() private returns (bytes32) {
        vm.prank(stranger);
        return attestations.anchorReceipt(receipt, signature, REQUEST, OUTPUT);
    }

    function _expectVoid(IAttestationRegistry.LeafFault fault, uint256 actual, uint256 expected) private {
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.ReceiptVoid.selector, id, fault, actual, expected));
        _anchorIt();
    }

    /// @dev What is issued in this second is refused, what was issued a second earlier is not.
    function _expectOnlyEarlier(bytes memory expected) private {
        _issueAt(_now());
        vm.warp(_now() + 1 hours);
        vm.expectRevert(expected);
        _anchorIt();
        _issueAt(receipt.issuedAt - 1);
        _anchorIt();
    }

    function _assertPublishedWithoutLock() private {
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(a.locked, 0);
        assertEq(a.finalAt, _now() + WINDOW + HONOUR);
        Confidence memory c = attestations.checkReceipt(receipt);
        assertEq(uint8(c.status), uint8(AnswerStatus.Pending));
        assertEq(c.backed, 0);
        assertEq(c.payableNow, 0);
        vm.warp(a.finalAt);
        _assertStatus(receipt, AnswerStatus.Expired);
    }
}
