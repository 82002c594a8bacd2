// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { AnswerStatus, Confidence, Methods } from "../../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { AnswerTest } from "../../setup/AnswerTest.sol";

/// @notice hold, release and seize, as the DisputeManager.
contract CasesTest is AnswerTest {
    CredenceReceipt private receipt;
    bytes32 private id;
    uint256 private finalAt;

    function setUp() public override {
        super.setUp();
        receipt = _published(0);
        id = _id(receipt);
        finalAt = block.timestamp + WINDOW;
    }

    /* HOLD AND RELEASE */

    function test_CasesNestAndTheLastPutsTheLockBack() external {
        _expectHeld(1);
        _hold(receipt);
        _expectHeld(2);
        _hold(receipt);
        _assertState(IAttestationRegistry.LockState.Held, 2);
        _assertStatus(receipt, AnswerStatus.Contested);
        _expectReleased(IAttestationRegistry.CaseEnd.Unproven, 1, finalAt);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        _assertState(IAttestationRegistry.LockState.Held, 1);
        _assertStatus(receipt, AnswerStatus.Contested);
        _expectReleased(IAttestationRegistry.CaseEnd.Unproven, 0, finalAt);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        _assertState(IAttestationRegistry.LockState.InBucket, 0);
        _assertStatus(receipt, AnswerStatus.Pending);
        assertEq(_locked(), LOCK);
        vm.warp(finalAt);
        _assertStatus(receipt, AnswerStatus.Final);
        vm.warp(_nextHour(finalAt));
        assertEq(attestations.sweep(operator), LOCK);
    }

    function test_ALockThatIsHeldDoesNotRunOut() external {
        _hold(receipt);
        vm.warp(finalAt + 30 days);
        assertEq(attestations.sweep(operator), 0);
        assertEq(_locked(), LOCK);
        assertEq(attestations.checkReceipt(receipt).payableNow, COVERAGE);
        assertEq(_seize(receipt), LOCK);
        assertEq(_credit(beneficiary), COVERAGE);
    }

    function test_ReleaseAfterItsTimeEndsItNow() external {
        _hold(receipt);
        uint256 end = finalAt + 10 days;
        vm.warp(end);
        _expectReleased(IAttestationRegistry.CaseEnd.Upheld, 0, end);
        _release(receipt, IAttestationRegistry.CaseEnd.Upheld);
        Confidence memory c = attestations.checkReceipt(receipt);
        assertEq(uint8(c.status), uint8(AnswerStatus.Final));
        assertEq(c.finalAt, end);
        assertEq(c.payableNow, 0);
        assertEq(c.methods, Methods.SEEN | Methods.COURT_UPHELD);
        vm.warp(_nextHour(end) - 1);
        assertEq(attestations.sweep(operator), 0);
        vm.warp(_nextHour(end));
        assertEq(attestations.sweep(operator), LOCK);
    }

    function test_ReleaseAtFinalAtKeepsIt() external {
        _hold(receipt);
        vm.warp(finalAt);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        assertEq(attestations.checkReceipt(receipt).finalAt, finalAt);
        _assertStatus(receipt, AnswerStatus.Final);
    }

    /// @dev A case that is not the last moves nothing.
    function test_OnlyTheLastCaseMovesFinalAt() external {
        _hold(receipt);
        _hold(receipt);
        vm.warp(finalAt + 1 days);
        _expectReleased(IAttestationRegistry.CaseEnd.Unproven, 1, finalAt);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        assertEq(attestations.checkReceipt(receipt).finalAt, finalAt);
    }

    function test_UndecidedIsNeverFinal() external {
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _assertStatus(receipt, AnswerStatus.Undecided);
        assertTrue(attestations.answer(id).undecided);
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN);
        vm.warp(finalAt);
        _assertStatus(receipt, AnswerStatus.Undecided);
        vm.warp(finalAt + 365 days);
        _assertStatus(receipt, AnswerStatus.Undecided);
    }

    function test_OnlyUpheldIsAMethod() external {
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN);
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Upheld);
        assertEq(attestations.checkReceipt(receipt).methods, Methods.SEEN | Methods.COURT_UPHELD);
    }

    function test_RevertWhen_HeldAfterItsTime() external {
        vm.warp(finalAt);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, id, finalAt, finalAt));
        _hold(receipt);
        vm.warp(finalAt - 1);
        _hold(receipt);
    }

    /// @dev While a case holds the lock another may follow, from finalAt on as well; after the last of them none.
    function test_HeldAgainAfterItsTime() external {
        _hold(receipt);
        vm.warp(finalAt);
        _hold(receipt);
        assertEq(attestations.answer(id).openCases, 2);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        _assertStatus(receipt, AnswerStatus.Contested);
        skip(1 hours);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        assertEq(attestations.answer(id).finalAt, block.timestamp);
        vm.expectRevert(
            abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, id, block.timestamp, block.timestamp)
        );
        _hold(receipt);
    }

    function test_RevertWhen_ReleasedWithoutACase() external {
        bytes memory expected = _inState(IAttestationRegistry.LockState.InBucket, IAttestationRegistry.LockState.Held);
        vm.expectRevert(expected);
        _release(receipt, IAttestationRegistry.CaseEnd.Undecided);
        _hold(receipt);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        vm.expectRevert(expected);
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
    }

    /* SEIZE */

    function test_SeizesFromItsBucket() external {
        CredenceReceipt memory other = _published(1);
        vm.warp(finalAt - 1);
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerSeized(id, operator, LOCK);
        assertEq(_seize(receipt), LOCK);
        _assertState(IAttestationRegistry.LockState.Seized, 0);
        _assertStatus(receipt, AnswerStatus.Overturned);
        assertEq(attestations.checkReceipt(receipt).payableNow, 0);
        assertEq(attestations.checkReceipt(receipt).backed, COVERAGE);
        assertEq(_credit(beneficiary), COVERAGE);
        assertEq(_credit(RESERVE), LOCK - COVERAGE);
        assertEq(protocol.vault.account(operator).active, 100_000e18 - LOCK);
        // The other lock in the same bucket is untouched.
        assertEq(_locked(), LOCK);
        _assertStatus(other, AnswerStatus.Pending);
        vm.warp(_nextHour(finalAt));
        assertEq(attestations.sweep(operator), LOCK);
        assertEq(_locked(), 0);
    }

    function test_SeizesWhatIsHeldAndEndsEveryCase() external {
        _hold(receipt);
        _hold(receipt);
        _hold(receipt);
        vm.warp(finalAt + 3 days);
        assertEq(_seize(receipt), LOCK);
        _assertState(IAttestationRegistry.LockState.Seized, 0);
        vm.expectRevert(_inState(IAttestationRegistry.LockState.Seized, IAttestationRegistry.LockState.Held));
        _release(receipt, IAttestationRegistry.CaseEnd.Unproven);
        vm.warp(finalAt + 30 days);
        assertEq(attestations.sweep(operator), 0);
        assertEq(_locked(), 0);
        _assertStatus(receipt, AnswerStatus.Overturned);
    }

    function test_RecipientsInOrderAndTheRestToTheReserve() external {
        _seizeFor([address(11), address(12), address(13)], [uint256(5e18), 3e18, 2e18]);
        assertEq(_credit(address(11)), 5e18);
        assertEq(_credit(address(12)), 3e18);
        assertEq(_credit(address(13)), 2e18);
        assertEq(_credit(RESERVE), LOCK - 10e18);
    }

    function test_NobodyIsPaidMoreThanTheLock() external {
        _seizeFor([address(11), address(0), address(13)], [uint256(15e18), 2e18, 100e18]);
        assertEq(_credit(address(11)), 15e18);
        assertEq(_credit(RESERVE), 2e18);
        assertEq(_credit(address(13)), 3e18);
    }

    function testFuzz_ASeizureGivesOutExactlyTheLock(uint96[3] memory amounts) external {
        uint256[3] memory wide = [uint256(amounts[0]), amounts[1], amounts[2]];
        _seizeFor([address(11), address(12), address(13)], wide);
        uint256 sum = _credit(address(11)) + _credit(address(12)) + _credit(address(13)) + _credit(RESERVE);
        assertEq(sum, LOCK);
        assertEq(_locked(), 0);
        assertEq(protocol.vault.account(operator).active, 100_000e18 - LOCK);
    }

    function test_RevertWhen_RecipientsAndAmountsDiffer() external {
        address[] memory recipients = new address[](2);
        uint256[] memory amounts = new uint256[](1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.LengthMismatch.selector, 2, 1));
        vm.prank(disputes);
        attestations.seize(receipt, recipients, amounts);
    }

    /// @dev What was seized keeps counting against the cap: a stolen key cannot take the stake in a loop.
    function test_SeizuresLowerTheExposureCap() external {
        uint256 cap = protocol.operators.exposureCap(operator);
        _seize(receipt);
        assertEq(protocol.operators.exposureCap(operator), cap - LOCK);
        CredenceReceipt memory other = _published(1);
        _hold(other);
        _seize(other);
        assertEq(protocol.operators.exposureCap(operator), cap - 2 * LOCK);
    }

    function test_RevertWhen_SeizedAfterItsTime() external {
        vm.warp(finalAt);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerOver.selector, id, finalAt, finalAt));
        vm.prank(disputes);
        attestations.seize(receipt, new address[](0), new uint256[](0));
    }

    function test_RevertWhen_SeizedOrHeldAgain() external {
        _seize(receipt);
        bytes memory expected = _inState(
            IAttestationRegistry.LockState.Seized,
            IAttestationRegistry.LockState.InBucket
        );
        vm.expectRevert(expected);
        vm.prank(disputes);
        attestations.seize(receipt, new address[](0), new uint256[](0));
        vm.expectRevert(expected);
        _hold(receipt);
    }

    function test_AllOpenAnswersArePaidAtOnce() external {
        CredenceReceipt[] memory receipts = new CredenceReceipt[](5);
        for (uint256 i = 0; i < 5; ++i) {
            receipts[i] = _published(10 + i);
            if (i % 2 == 0) _hold(receipts[i]);
        }
        for (uint256 i = 0; i < 5; ++i) assertEq(_seize(receipts[4 - i]), LOCK);
        assertEq(_credit(beneficiary), 5 * uint256(COVERAGE));
        assertEq(_locked(), LOCK);
    }

    /* WHO */

    function test_RevertWhen_TheAnswerIsUnknown() external {
        CredenceReceipt memory other = _receipt(9);
        bytes memory expected = abi.encodeWithSelector(IAttestationRegistry.AnswerUnknown.selector, _id(other));
        vm.startPrank(disputes);
        vm.expectRevert(expected);
        attestations.hold(other);
        vm.expectRevert(expected);
        attestations.release(other, IAttestationRegistry.CaseEnd.Upheld);
        vm.expectRevert(expected);
        attestations.seize(other, new address[](0), new uint256[](0));
    }

    function testFuzz_RevertWhen_CallerIsNotTheDisputeManager(address caller) external {
        vm.assume(caller != disputes);
        bytes memory expected = abi.encodeWithSelector(
            IAttestationRegistry.NotDisputeManager.selector,
            caller,
            disputes
        );
        vm.startPrank(caller);
        vm.expectRevert(expected);
        attestations.hold(receipt);
        vm.expectRevert(expected);
        attestations.release(receipt, IAttestationRegistry.CaseEnd.Upheld);
        vm.expectRevert(expected);
        attestations.seize(receipt, new address[](0), new uint256[](0));
    }

    /// @dev The administrator, the operator and the other registries are nobody here either.
    function test_RevertWhen_AnyRoleTriesToSeize() external {
        address[5] memory others = [owner, guardian, operator, address(protocol.slashing), address(protocol.operators)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IAttestationRegistry.NotDisputeManager.selector, others[i], disputes)
            );
            vm.prank(others[i]);
            attestations.seize(receipt, new address[](0), new uint256[](0));
        }
    }

    /* HELPERS */

    function _seizeFor(address[3] memory to, uint256[3] memory values) private {
        address[] memory recipients = new address[](3);
        uint256[] memory amounts = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) (recipients[i], amounts[i]) = (to[i], values[i]);
        vm.prank(disputes);
        attestations.seize(receipt, recipients, amounts);
    }

    function _assertState(IAttestationRegistry.LockState state, uint256 openCases) private view {
        IAttestationRegistry.AnswerView memory a = attestations.answer(id);
        assertEq(uint8(a.state), uint8(state), "state");
        assertEq(a.openCases, openCases, "openCases");
    }

    function _inState(
        IAttestationRegistry.LockState actual,
        IAttestationRegistry.LockState expected
    ) private view returns (bytes memory) {
        return abi.encodeWithSelector(IAttestationRegistry.LockInState.selector, id, actual, expected);
    }

    function _expectHeld(uint256 openCases) private {
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerHeld(id, openCases);
    }

    function _expectReleased(IAttestationRegistry.CaseEnd caseEnd, uint256 openCases, uint256 end) private {
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerReleased(id, caseEnd, openCases, end);
    }
}
