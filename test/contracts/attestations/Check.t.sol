// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { AnswerStatus, Confidence, Methods } from "../../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

/// @notice What an answer reads as. Precedence: Overturned > Contested > Undecided > Recalled > Final | Pending |
/// Expired > Unknown.
contract CheckTest is AnswerTest {
    CredenceReceipt private receipt;
    uint256 private start;
    uint256 private finalAt;

    function setUp() public override {
        super.setUp();
        receipt = _published(0);
        start = block.timestamp;
        finalAt = start + WINDOW;
    }

    /* EACH STATUS WITH ITS NUMBERS */

    function test_Unknown() external view {
        _assertConfidence(attestations.check(_bare(_receipt(1))), _confidence(AnswerStatus.Unknown, 0, 0, 0, 0, 0));
        _assertConfidence(attestations.checkReceipt(_receipt(1)), _confidence(AnswerStatus.Unknown, 0, 0, 0, 0, 0));
    }

    function test_LeafIsPendingThenExpired() external {
        Leaf memory leaf = _anchorOne(_receipt(1));
        uint256 lockEnd = _lockEnd(leaf.batch);
        vm.warp(lockEnd - 1);
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Pending, 0, COVERAGE, COVERAGE, 0, 0));
        vm.warp(lockEnd);
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Expired, 0, COVERAGE, 0, 0, 0));
        // Without its place in the batch nothing is known of it.
        _assertStatus(leaf.receipt, AnswerStatus.Unknown);
    }

    function test_PublishedIsPendingThenFinal() external {
        vm.warp(finalAt - 1);
        _assertPublished(AnswerStatus.Pending, COVERAGE);
        vm.warp(finalAt);
        _assertPublished(AnswerStatus.Final, 0);
        vm.warp(finalAt + 365 days);
        _assertPublished(AnswerStatus.Final, 0);
    }

    function test_Contested() external {
        _hold(receipt);
        _assertPublished(AnswerStatus.Contested, COVERAGE);
        vm.warp(finalAt + 1 days);
        _assertPublished(AnswerStatus.Contested, COVERAGE);
    }

    function test_Undecided() external {
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _assertPublished(AnswerStatus.Undecided, COVERAGE);
        vm.warp(finalAt);
        _assertPublished(AnswerStatus.Undecided, 0);
    }

    function test_Overturned() external {
        _seize(receipt);
        _assertPublished(AnswerStatus.Overturned, 0);
    }

    function test_Recalled() external {
        _tombstone();
        _assertPublished(AnswerStatus.Recalled, COVERAGE);
        vm.warp(finalAt);
        _assertPublished(AnswerStatus.Recalled, 0);
    }

    function test_NothingIsPayableWithoutBeneficiary() external {
        CredenceReceipt memory other = _receipt(1);
        other.beneficiary = address(0);
        Leaf memory leaf = _anchorOne(other);
        assertEq(attestations.check(leaf).payableNow, 0);
        assertEq(attestations.check(leaf).backed, COVERAGE);
        _publish(leaf);
        assertEq(attestations.check(leaf).payableNow, 0);
        assertEq(attestations.check(leaf).backed, COVERAGE);
        _hold(other);
        assertEq(attestations.check(leaf).payableNow, 0);
    }

    function test_CheckAndCheckReceiptAgreeOncePublished() external {
        Leaf memory leaf = _bare(receipt);
        leaf.index = 77;
        leaf.proof = new bytes32[](3);
        _assertConfidence(attestations.check(leaf), attestations.checkReceipt(receipt));
    }

    /* PRECEDENCE, PAIR BY PAIR */

    function test_OverturnedBeforeContestedUndecidedAndRecalled() external {
        _hold(receipt);
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _tombstone();
        _assertStatus(receipt, AnswerStatus.Contested);
        _seize(receipt);
        _assertStatus(receipt, AnswerStatus.Overturned);
        vm.warp(finalAt + 365 days);
        _assertStatus(receipt, AnswerStatus.Overturned);
    }

    function test_ContestedBeforeUndecided() external {
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _hold(receipt);
        _assertStatus(receipt, AnswerStatus.Contested);
        _release(receipt, IAttestationRegistry.CaseEnd.Upheld);
        _assertStatus(receipt, AnswerStatus.Undecided);
    }

    function test_ContestedBeforeRecalled() external {
        _tombstone();
        _hold(receipt);
        _assertStatus(receipt, AnswerStatus.Contested);
        _release(receipt, IAttestationRegistry.CaseEnd.Upheld);
        _assertStatus(receipt, AnswerStatus.Recalled);
    }

    function test_ContestedBeforeExpired() external {
        CredenceReceipt memory short = _short();
        _hold(short);
        vm.warp(finalAt + 30 days);
        _assertStatus(short, AnswerStatus.Contested);
    }

    function test_UndecidedBeforeRecalled() external {
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _tombstone();
        _assertStatus(receipt, AnswerStatus.Undecided);
    }

    function test_UndecidedBeforeExpired() external {
        CredenceReceipt memory short = _short();
        _hold(short);
        _release(short, IAttestationRegistry.CaseEnd.Undecided);
        vm.warp(finalAt + 30 days);
        _assertStatus(short, AnswerStatus.Undecided);
    }

    function test_RecalledBeforePendingAndFinal() external {
        _report(0);
        _assertStatus(receipt, AnswerStatus.Recalled);
        vm.warp(finalAt + 1);
        _assertStatus(receipt, AnswerStatus.Recalled);
    }

    function test_RecalledBeforeExpired() external {
        CredenceReceipt memory short = _short();
        _tombstone();
        vm.warp(finalAt + 30 days);
        _assertStatus(short, AnswerStatus.Recalled);
    }

    function test_LeafIsRecalledBeforePendingAndExpired() external {
        Leaf memory leaf = _anchorOne(_receipt(1));
        vm.warp(_lockEnd(leaf.batch) - 1);
        _report(0);
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Recalled, 0, COVERAGE, COVERAGE, 0, 0));
        vm.warp(_lockEnd(leaf.batch));
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Recalled, 0, COVERAGE, 0, 0, 0));
    }

    function test_RecalledLeafIsPublishedAndContested() external {
        Leaf memory leaf = _anchorOne(_receipt(1));
        _tombstone();
        _publish(leaf);
        _assertStatus(leaf, AnswerStatus.Recalled);
        _hold(leaf.receipt);
        assertEq(_seize(leaf.receipt), LOCK);
    }

    /* WHEN A REPORT COUNTS */

    function test_ReportBeforeFinalAtRecallsForGood() external {
        vm.warp(finalAt - 1);
        _report(receipt.issuedAt);
        vm.warp(finalAt + 365 days);
        _assertStatus(receipt, AnswerStatus.Recalled);
    }

    function test_ReportFromFinalAtOnChangesNothing() external {
        vm.warp(finalAt);
        _report(0);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    function test_ReportOfLaterAnswersChangesNothing() external {
        _published(1);
        vm.warp(start + 1);
        _report(receipt.issuedAt + 1);
        _assertStatus(receipt, AnswerStatus.Pending);
        vm.warp(finalAt);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    function test_TombstoneBeforeFinalAtRecallsForGood() external {
        vm.warp(finalAt - 1);
        _tombstone();
        vm.warp(finalAt + 365 days);
        _assertStatus(receipt, AnswerStatus.Recalled);
    }

    function test_TombstoneFromFinalAtOnChangesNothing() external {
        vm.warp(finalAt);
        _tombstone();
        _assertStatus(receipt, AnswerStatus.Final);
    }

    function test_ReportAtLockEndLeavesAnExpiredLeafExpired() external {
        Leaf memory leaf = _anchorOne(_receipt(1));
        vm.warp(_lockEnd(leaf.batch));
        _report(0);
        _assertStatus(leaf, AnswerStatus.Expired);
    }

    /// @dev A case moves finalAt: a report that came before the case ended counts.
    function test_ReportDuringACaseRecalls() external {
        _hold(receipt);
        vm.warp(finalAt + 1 days);
        _report(0);
        vm.warp(finalAt + 2 days);
        _release(receipt, IAttestationRegistry.CaseEnd.Upheld);
        _assertStatus(receipt, AnswerStatus.Recalled);
    }

    function test_JailAndRetirementChangeNothing() external {
        _jail(start + 30 days);
        vm.prank(operator);
        protocol.operators.retire();
        _assertStatus(receipt, AnswerStatus.Pending);
        vm.warp(finalAt);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    /* GARBAGE */

    function testFuzz_NeverRevertsOnGarbage(Leaf calldata leaf) external view {
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Unknown, 0, 0, 0, 0, 0));
        _assertConfidence(attestations.checkReceipt(leaf.receipt), _confidence(AnswerStatus.Unknown, 0, 0, 0, 0, 0));
    }

    function testFuzz_NeverRevertsOnGarbageInAnAnchoredBatch(
        CredenceReceipt memory garbage,
        uint32 index,
        bytes32[] calldata proof
    ) external {
        (Batch memory batch, ) = _anchor(1, 3);
        Leaf memory leaf = Leaf({ batch: batch, receipt: garbage, index: index, proof: proof });
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Unknown, 0, 0, 0, 0, 0));
        // Past the comparison with the header, too.
        (garbage.operator, garbage.signerId) = (operator, signerId);
        (garbage.modelId, garbage.coverage) = (modelId, COVERAGE);
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Unknown, 0, 0, 0, 0, 0));
        // And past its times.
        (garbage.issuedAt, garbage.anchorBy) = (uint48(start), uint48(start + 1));
        _assertConfidence(attestations.check(leaf), _confidence(AnswerStatus.Unknown, 0, 0, 0, 0, 0));
    }

    /// @dev Any word of the lock that a receipt can be anchored with reads without overflow.
    function testFuzz_NeverRevertsOnAnyCoverage(uint96 coverage) external {
        CredenceReceipt memory other = _receipt(1);
        other.coverage = uint96(bound(coverage, COVERAGE, type(uint96).max));
        _anchorAlone(other);
        Confidence memory c = attestations.checkReceipt(other);
        assertEq(uint8(c.status), uint8(AnswerStatus.Pending));
        assertLe(c.backed, other.coverage);
        vm.warp(c.finalAt);
        bool whole = attestations.answer(_id(other)).locked == 2 * uint256(other.coverage);
        _assertStatus(other, whole ? AnswerStatus.Final : AnswerStatus.Expired);
    }

    /* HELPERS */

    function _short() private returns (CredenceReceipt memory short) {
        _leaveLockable(4e18);
        short = _receipt(9);
        _anchorAlone(short);
    }

    function _report(uint256 since) private {
        vm.prank(operator);
        protocol.operators.reportCompromise(signerId, uint48(since));
    }

    function _assertPublished(AnswerStatus status, uint96 payableNow) private view {
        _assertConfidence(
            attestations.checkReceipt(receipt),
            _confidence(status, Methods.SEEN, COVERAGE, payableNow, start, finalAt)
        );
    }

    function _confidence(
        AnswerStatus status,
        uint8 methods,
        uint96 backed,
        uint96 payableNow,
        uint256 publishedAt,
        uint256 end
    ) private pure returns (Confidence memory) {
        return
            Confidence({
                status: status,
                methods: methods,
                backed: backed,
                payableNow: payableNow,
                publishedAt: uint40(publishedAt),
                finalAt: uint40(end)
            });
    }
}
