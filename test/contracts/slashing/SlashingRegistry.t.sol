// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../../contracts/attestations/IAttestationRegistry.sol";
import { IOperatorRegistry } from "../../../contracts/operators/IOperatorRegistry.sol";
import { ISlashingRegistry } from "../../../contracts/slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { AnswerStatus } from "../../../contracts/types/Confidence.sol";
import { Batch, Leaf, Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Parameters } from "../../setup/Deploy.sol";
import { ProtocolTest } from "../../setup/ProtocolTest.sol";

abstract contract SlashingTest is ProtocolTest {
    uint256 internal constant BOND = 1_000e18;
    bytes internal constant OTHER_OUTPUT = hex"00000008";

    ISlashingRegistry internal slashing;
    IAttestationRegistry internal attestations;
    IOperatorRegistry internal operators;
    IStakeVault internal vault;
    address internal reporter = makeAddr("reporter");

    function setUp() public virtual override {
        super.setUp();
        slashing = protocol.slashing;
        attestations = protocol.attestations;
        operators = protocol.operators;
        vault = protocol.vault;
    }

    function _offenceId(ISlashingRegistry.Offence offence, bytes32 key) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Credence.Offence"), offence, key));
    }

    function _credit(address account) internal view returns (uint256) {
        return vault.account(account).credit;
    }

    /// @dev All that an address has: tokens, credit, stake.
    function _wealth(address account) internal view returns (uint256) {
        IStakeVault.AccountView memory a = vault.account(account);
        return token.balanceOf(account) + a.credit + a.active + a.unbonding;
    }

    function _assertReads(CredenceReceipt memory receipt, AnswerStatus expected) internal view {
        assertEq(uint8(attestations.checkReceipt(receipt).status), uint8(expected));
    }

    function _publishAlone(CredenceReceipt memory receipt) internal {
        attestations.anchorReceipt(receipt, _signReceipt(receipt), REQUEST, OUTPUT);
    }

    function _assertTally(
        ISlashingRegistry.Offence offence,
        uint256 count,
        uint256 streak,
        uint256 jailedAt,
        uint256 taken
    ) internal view {
        ISlashingRegistry.Tally memory t = slashing.history(operator, offence);
        assertEq(t.count, count);
        assertEq(t.streak, streak);
        assertEq(t.jailedAt, jailedAt);
        assertEq(t.taken, taken);
    }
}

contract EquivocationTest is SlashingTest {
    function setUp() public override {
        super.setUp();
        _setUpOperator();
    }

    /* EVIDENCE */

    function test_TwoSignedReceiptsTakeTheBond() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        bytes32 key = keccak256(abi.encode(operator, modelId, a.jobId));
        bytes32 id = _offenceId(ISlashingRegistry.Offence.Equivocation, key);
        assertEq(slashing.offenceIdOf(ISlashingRegistry.Offence.Equivocation, key), id);
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorTombstoned(operator);
        vm.expectEmit(address(slashing));
        emit ISlashingRegistry.Slashed(id, operator, ISlashingRegistry.Offence.Equivocation, key, BOND, reporter);
        vm.prank(reporter);
        assertEq(slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB), BOND);

        assertEq(_credit(reporter), 500e18);
        assertEq(_credit(RESERVE), 500e18);
        assertEq(operators.bondOf(operator), 0);
        assertEq(vault.account(operator).active, 99_000e18);
        assertEq(uint8(operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Tombstoned));
        assertTrue(slashing.isSlashed(id));
        _assertTally(ISlashingRegistry.Offence.Equivocation, 1, 0, 0, BOND);
    }

    function test_DifferenceInInputOrTraceIsEnough() external {
        uint256 snapshot = vm.snapshotState();
        CredenceReceipt memory a = _receipt(1);
        CredenceReceipt memory b = _receipt(1);
        b.inputHash = keccak256("another question");
        assertEq(_slashSigned(a, b), BOND);
        vm.revertToState(snapshot);
        b = _receipt(1);
        b.traceRoot = keccak256("another trace");
        assertEq(_slashSigned(a, b), BOND);
    }

    function test_SignedReceiptAgainstAnAnchoredLeaf() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 3);
        CredenceReceipt memory b = receipts[2];
        b = abi.decode(abi.encode(b), (CredenceReceipt));
        b.outputHash = keccak256(OTHER_OUTPUT);
        bytes memory signature = _signReceipt(b);
        Leaf memory leaf = _leaf(batch, receipts, 2);
        assertEq(slashing.slashEquivocation(_bare(b), signature, leaf, ""), BOND);
    }

    function test_TwoLeavesOfOneBatch() external {
        CredenceReceipt[] memory receipts = new CredenceReceipt[](2);
        (receipts[0], receipts[1]) = _contradiction();
        Batch memory batch = _batchOf(receipts);
        vm.prank(operator);
        attestations.anchor(batch, "");
        assertEq(slashing.slashEquivocation(_leaf(batch, receipts, 0), "", _leaf(batch, receipts, 1), ""), BOND);
    }

    function test_PublishedAnswerIsEvidenceWithoutProof() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        _publishAlone(a);
        skip(10 days);
        bytes memory signature = _signReceipt(b);
        assertEq(slashing.slashEquivocation(_bare(a), "", _bare(b), signature), BOND);
    }

    function test_RevertWhen_LeafIsNotInItsBatch() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 3);
        Leaf memory leaf = _leaf(batch, receipts, 2);
        leaf.receipt = abi.decode(abi.encode(leaf.receipt), (CredenceReceipt));
        leaf.receipt.outputHash = keccak256(OTHER_OUTPUT);
        bytes memory signature = _signReceipt(receipts[2]);
        bytes32 id = attestations.receiptIdOf(leaf.receipt);
        (IAttestationRegistry.LeafFault fault, uint256 actual, uint256 expected) = attestations.faultOf(leaf);
        assertEq(uint8(fault), uint8(IAttestationRegistry.LeafFault.Root));
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.ReceiptVoid.selector, id, fault, actual, expected));
        slashing.slashEquivocation(_bare(receipts[2]), signature, leaf, "");
        // Nor is a receipt that was neither anchored nor signed evidence.
        Batch memory none;
        bytes32 noBatch = attestations.batchIdOf(none);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.BatchUnknown.selector, noBatch));
        slashing.slashEquivocation(_bare(leaf.receipt), "", _bare(receipts[2]), signature);
    }

    function test_RevertWhen_OneSignatureIsForged() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        bytes memory good = _signReceipt(a);
        bytes32 id = attestations.receiptIdOf(b);
        bytes memory invalid = abi.encodeWithSelector(IOperatorRegistry.SignatureInvalid.selector, signerId, id);
        vm.expectRevert(invalid);
        slashing.slashEquivocation(_bare(a), good, _bare(b), good);
        vm.expectRevert(invalid);
        slashing.slashEquivocation(_bare(b), good, _bare(a), good);
        _assertTally(ISlashingRegistry.Offence.Equivocation, 0, 0, 0, 0);
    }

    function test_RevertWhen_ReceiptsAgree() external {
        CredenceReceipt memory a = _receipt(1);
        CredenceReceipt memory b = _receipt(1);
        // What is not the answer may differ: an operator may sign anew for another beneficiary, or later.
        (b.beneficiary, b.coverage, b.issuedAt) = (stranger, COVERAGE + 1, a.issuedAt - 1);
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        vm.expectRevert(ISlashingRegistry.ReceiptsAgree.selector);
        slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB);
    }

    function test_RevertWhen_ReceiptsAreUnrelated() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        b.operator = stranger;
        _expectUnrelated(a, b);
        (a, b) = _contradiction();
        b.modelId = keccak256("other model");
        _expectUnrelated(a, b);
        (a, b) = _contradiction();
        b.jobId = keccak256("other job");
        _expectUnrelated(a, b);
        (a, b) = _contradiction();
        (a.jobId, b.jobId) = (0, 0);
        _expectUnrelated(a, b);
    }

    /* TIME */

    function test_EvidenceDiesOneUnbondingPeriodAfterTheLaterReceipt() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        skip(1 days);
        b.issuedAt = uint48(block.timestamp);
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        uint256 until = uint256(b.issuedAt) + 21 days;
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.EvidenceOutOfTime.selector, b.issuedAt, until, until));
        slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB);
        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.EvidenceOutOfTime.selector, b.issuedAt, until, until));
        slashing.slashEquivocation(_bare(b), signatureB, _bare(a), signatureA);
        vm.warp(until - 1);
        assertEq(slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB), BOND);
    }

    function test_RevertWhen_OneIsDatedInTheFuture() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        uint256 current = block.timestamp;
        b.issuedAt = uint48(current + 1);
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        vm.expectRevert(
            abi.encodeWithSelector(
                ISlashingRegistry.EvidenceOutOfTime.selector,
                current + 1,
                current,
                current + 1 + 21 days
            )
        );
        slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB);
        skip(1);
        assertEq(slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB), BOND);
    }

    function test_RevokedKeyCountsForWhatItSignedBefore() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        uint256 validFrom = block.timestamp;
        skip(1 hours);
        uint256 until = block.timestamp;
        vm.prank(operator);
        operators.revokeSigner(signerId);
        b.issuedAt = uint48(until);
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        vm.expectRevert(
            abi.encodeWithSelector(IOperatorRegistry.SignerNotValid.selector, signerId, until, validFrom, until)
        );
        slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB);
        b.issuedAt = uint48(until - 1);
        assertEq(_slashSigned(a, b), BOND);
    }

    function test_ReportedKeyStaysLiable() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        skip(1 hours);
        vm.prank(operator);
        operators.reportCompromise(signerId, 0);
        assertEq(_slashSigned(a, b), BOND);
    }

    /* MONEY */

    function testFuzz_HalfRoundedDownGoesToTheReporter(uint96 bond) external {
        bond = uint96(bound(bond, 100e18, 10_000e18));
        _registerAnew(bond);
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        assertEq(_slashSigned(a, b), bond);
        assertEq(_credit(reporter), bond / 2);
        assertEq(_credit(RESERVE), bond - bond / 2);
    }

    function test_RevertWhen_TheJobWasPunishedBefore() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        _slashSigned(a, b);
        bytes32 id = _offenceId(
            ISlashingRegistry.Offence.Equivocation,
            keccak256(abi.encode(operator, modelId, a.jobId))
        );
        b.outputHash = keccak256("third");
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.SlashedAlready.selector, id));
        slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB);
    }

    function test_AnotherJobTakesNothingMoreAndDoesNotRevert() external {
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        _slashSigned(a, b);
        uint256 tombstonedAt = operators.operator(operator).tombstonedAt;
        skip(1 hours);
        (a.jobId, b.jobId) = (keccak256("second"), keccak256("second"));
        assertEq(_slashSigned(a, b), 0);
        assertEq(_credit(reporter), 500e18);
        assertEq(operators.operator(operator).tombstonedAt, tombstonedAt);
        _assertTally(ISlashingRegistry.Offence.Equivocation, 2, 0, 0, BOND);
    }

    /// @dev Retired, opted out, bond released, all withdrawn: still recorded, nothing to take.
    function test_OperatorThatIsGoneIsTombstonedAllTheSame() external {
        vm.startPrank(operator);
        operators.retire();
        vault.unstake(99_000e18);
        vault.optOut(address(operators));
        vault.optOut(address(attestations));
        skip(21 days);
        operators.releaseBond(operator);
        vault.withdraw();
        vm.stopPrank();
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        assertEq(_slashSigned(a, b), 0);
        assertEq(uint8(operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Tombstoned));
    }

    function test_OnlyTheBondIsTaken() external {
        _anchor(0, 3);
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        assertEq(_slashSigned(a, b), BOND);
        assertEq(vault.lockedBy(address(attestations), operator), 3 * LOCK);
        assertEq(vault.account(operator).active, 99_000e18);
    }

    function test_AnswersNotYetFinalAreRecalledAndStayContestable() external {
        CredenceReceipt memory early = _receipt(10);
        _publishAlone(early);
        skip(1 hours);
        CredenceReceipt memory late = _receipt(11);
        _publishAlone(late);
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(20, 2);
        vm.warp(uint256(early.issuedAt) + WINDOW);
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        _slashSigned(a, b);
        _assertReads(early, AnswerStatus.Final);
        _assertReads(late, AnswerStatus.Recalled);
        assertEq(uint8(attestations.check(_leaf(batch, receipts, 0)).status), uint8(AnswerStatus.Recalled));
        assertEq(attestations.checkReceipt(late).payableNow, COVERAGE);
        vm.prank(disputes);
        attestations.hold(late);
        _assertReads(late, AnswerStatus.Contested);
        skip(100 days);
        _assertReads(early, AnswerStatus.Final);
    }

    /* ATTACK */

    /// @dev An operator that wants out before its unbonding period slashes itself through a friend.
    function testFuzz_SlashingOneselfLosesFortyPercentOfTheBond(uint96 bond) external {
        bond = uint96(bound(bond, 100e18, 10_000e18));
        _registerAnew(bond);
        uint256 before = _wealth(operator) + _wealth(reporter);
        (CredenceReceipt memory a, CredenceReceipt memory b) = _contradiction();
        _slashSigned(a, b);
        vault.claim(reporter);
        uint256 loss = before - _wealth(operator) - _wealth(reporter);
        assertGe(loss, (uint256(bond) * 40) / 100);
        assertEq(loss, _credit(RESERVE));
    }

    /// @dev The operator becomes one with this bond; `_receipt` and `_signReceipt` speak for it.
    function _registerAnew(uint96 bond) private {
        vm.prank(owner);
        protocol.operators.setMinOperatorStake(bond);
        operator = makeAddr("other operator");
        _register(operator, 50_000e18, 0);
        (signer, signerKey) = makeAddrAndKey("other signer");
        signerId = keccak256(abi.encodePacked(signer));
        _addSigner(operator, signer, signerKey);
    }

    function _contradiction() private view returns (CredenceReceipt memory a, CredenceReceipt memory b) {
        (a, b) = (_receipt(1), _receipt(1));
        b.outputHash = keccak256(OTHER_OUTPUT);
    }

    function _slashSigned(CredenceReceipt memory a, CredenceReceipt memory b) private returns (uint256) {
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        vm.prank(reporter);
        return slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB);
    }

    function _expectUnrelated(CredenceReceipt memory a, CredenceReceipt memory b) private {
        (bytes memory signatureA, bytes memory signatureB) = (_signReceipt(a), _signReceipt(b));
        vm.expectRevert(ISlashingRegistry.ReceiptsUnrelated.selector);
        slashing.slashEquivocation(_bare(a), signatureA, _bare(b), signatureB);
    }
}

/// @notice Promises beyond what could be locked. The exposure cap makes them short: 100,000 are staked.
contract DishonouredTest is SlashingTest {
    uint256 private constant HONOUR = 13 hours;

    function setUp() public override {
        super.setUp();
        _register(operator, 100_000e18, 0);
        _addSigner(operator, signer, signerKey);
    }

    function test_BondPaysTwiceWhatWasMissing() external {
        CredenceReceipt memory receipt = _promise(COVERAGE);
        bytes32 key = attestations.receiptIdOf(receipt);
        bytes32 id = _offenceId(ISlashingRegistry.Offence.Dishonoured, key);
        assertEq(slashing.offenceIdOf(ISlashingRegistry.Offence.Dishonoured, key), id);
        skip(HONOUR);
        uint256 jailedFrom = block.timestamp;
        vm.expectEmit(address(attestations));
        emit IAttestationRegistry.AnswerDishonoured(key, operator, COVERAGE);
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorJailedUntil(operator, jailedFrom, type(uint40).max);
        vm.expectEmit(address(slashing));
        emit ISlashingRegistry.Slashed(
            id,
            operator,
            ISlashingRegistry.Offence.Dishonoured,
            key,
            2 * COVERAGE,
            stranger
        );
        vm.prank(stranger);
        assertEq(slashing.slashDishonoured(receipt), 2 * COVERAGE);
        assertEq(_credit(beneficiary), COVERAGE);
        assertEq(_credit(RESERVE), COVERAGE);
        assertEq(_credit(stranger), 0);
        assertEq(operators.bondOf(operator), BOND - 2 * COVERAGE);
        assertTrue(slashing.isSlashed(id));
        _assertTally(ISlashingRegistry.Offence.Dishonoured, 1, 0, 0, 2 * COVERAGE);

        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.SlashedAlready.selector, id));
        slashing.slashDishonoured(receipt);
    }

    function test_JailLastsFourteenDaysAndUntilTheBondIsRestored() external {
        CredenceReceipt memory receipt = _promise(COVERAGE);
        skip(HONOUR);
        uint256 from = block.timestamp;
        slashing.slashDishonoured(receipt);
        assertEq(operators.operator(operator).jailedUntil, type(uint40).max);
        skip(1 days);
        vm.prank(operator);
        operators.restoreBond();
        assertEq(operators.bondOf(operator), BOND);
        assertEq(operators.operator(operator).jailedFrom, from);
        assertEq(operators.operator(operator).jailedUntil, from + 15 days);
    }

    function test_ClaimableFromTheEndOfTheHonourTimeForSevenDays() external {
        CredenceReceipt memory receipt = _promise(COVERAGE);
        uint256 from = block.timestamp + HONOUR;
        uint256 until = from + 7 days;
        _expectOutOfTime(receipt, from - 1, from, until);
        _expectOutOfTime(receipt, until, from, until);
        vm.warp(from);
        uint256 snapshot = vm.snapshotState();
        assertEq(slashing.slashDishonoured(receipt), 2 * COVERAGE);
        vm.revertToState(snapshot);
        vm.warp(until - 1);
        assertEq(slashing.slashDishonoured(receipt), 2 * COVERAGE);
    }

    function test_ClaimableAtOnceIfOverturned() external {
        CredenceReceipt memory receipt = _promise(COVERAGE);
        vm.startPrank(disputes);
        attestations.hold(receipt);
        attestations.seize(receipt, new address[](0), new uint256[](0));
        vm.stopPrank();
        assertEq(slashing.slashDishonoured(receipt), 2 * COVERAGE);
        assertEq(_credit(beneficiary), COVERAGE);
    }

    function testFuzz_Split(uint96 coverage, uint256 locked) external {
        coverage = uint96(bound(coverage, COVERAGE, 2_000e18));
        locked = bound(locked, 0, 2 * uint256(coverage) - 1);
        vm.prank(operator);
        operators.setExposureCap(uint96(locked));
        CredenceReceipt memory receipt = _promise(coverage);
        assertEq(vault.lockedBy(address(attestations), operator), locked);
        skip(HONOUR);
        // Of what is locked half is coverage, rounded down; what is missing of it is paid as far as half the bond goes.
        uint256 missing = coverage - locked / 2;
        uint256 amount = 2 * missing < BOND ? 2 * missing : BOND;
        assertEq(slashing.slashDishonoured(receipt), amount);
        assertEq(_credit(beneficiary), amount / 2);
        assertEq(_credit(RESERVE), amount - amount / 2);
        assertLe(_credit(beneficiary), missing);
        assertEq(operators.bondOf(operator), BOND - amount);
        // The lock that is there is not the bond's matter.
        assertEq(vault.lockedBy(address(attestations), operator), locked);
    }

    function test_OddRestOfTheBondIsHalvedDownwards() external {
        vm.prank(address(slashing));
        operators.seizeBond(operator, BOND - 5, new address[](0), new uint256[](0));
        uint256 reserve = _credit(RESERVE);
        CredenceReceipt memory receipt = _promise(COVERAGE);
        skip(HONOUR);
        assertEq(slashing.slashDishonoured(receipt), 5);
        assertEq(_credit(beneficiary), 2);
        assertEq(_credit(RESERVE) - reserve, 3);
    }

    function test_NothingLeftOfTheBondTakesNothingAndDoesNotRevert() external {
        CredenceReceipt memory first = _promiseOf(1, 500e18);
        CredenceReceipt memory second = _promiseOf(2, COVERAGE);
        skip(HONOUR);
        assertEq(slashing.slashDishonoured(first), BOND);
        assertEq(slashing.slashDishonoured(second), 0);
        _assertTally(ISlashingRegistry.Offence.Dishonoured, 2, 0, 0, BOND);
    }

    function test_WithoutBeneficiaryTheReserveTakesAll() external {
        CredenceReceipt memory receipt = _receipt(1);
        receipt.beneficiary = address(0);
        _publishAlone(receipt);
        skip(HONOUR);
        assertEq(slashing.slashDishonoured(receipt), 2 * COVERAGE);
        assertEq(_credit(RESERVE), 2 * COVERAGE);
        assertEq(_credit(address(0)), 0);
    }

    function test_RevertWhen_Honoured() external {
        CredenceReceipt memory receipt = _promise(COVERAGE);
        _raiseCap();
        attestations.honour(receipt);
        skip(HONOUR);
        _expectWhole(receipt);
    }

    function test_RevertWhen_MergedBeforeTheClaim() external {
        CredenceReceipt memory receipt = _promise(COVERAGE);
        _raiseCap();
        CredenceReceipt[] memory receipts = new CredenceReceipt[](1);
        receipts[0] = receipt;
        Batch memory batch = _batchOf(receipts);
        vm.prank(operator);
        attestations.anchor(batch, "");
        attestations.merge(_leaf(batch, receipts, 0));
        skip(HONOUR);
        _expectWhole(receipt);
    }

    function test_RevertWhen_NothingWasPromisedAlone() external {
        CredenceReceipt memory receipt = _receipt(1);
        bytes32 id = attestations.receiptIdOf(receipt);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.AnswerUnknown.selector, id));
        slashing.slashDishonoured(receipt);
        _raiseCap();
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(7, 1);
        attestations.publish(_leaf(batch, receipts, 0), REQUEST, OUTPUT);
        id = attestations.receiptIdOf(receipts[0]);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.NotAnchoredAlone.selector, id));
        slashing.slashDishonoured(receipts[0]);
    }

    /// @dev The operator names itself as beneficiary of a promise that it does not keep.
    function testFuzz_DishonouringOneselfLosesHalf(uint96 coverage) external {
        coverage = uint96(bound(coverage, COVERAGE, 10_000e18));
        beneficiary = makeAddr("friend");
        uint256 before = _wealth(operator) + _wealth(beneficiary);
        CredenceReceipt memory receipt = _promise(coverage);
        skip(HONOUR);
        uint256 taken = slashing.slashDishonoured(receipt);
        vault.claim(beneficiary);
        uint256 loss = before - _wealth(operator) - _wealth(beneficiary);
        assertGe(2 * loss, taken);
        assertEq(taken, coverage < 500e18 ? 2 * uint256(coverage) : BOND);
        assertEq(loss, _credit(RESERVE));
    }

    function _promise(uint96 coverage) private returns (CredenceReceipt memory) {
        return _promiseOf(1, coverage);
    }

    function _promiseOf(uint256 job, uint96 coverage) private returns (CredenceReceipt memory receipt) {
        receipt = _receipt(job);
        receipt.coverage = coverage;
        _publishAlone(receipt);
    }

    function _raiseCap() private {
        vm.prank(operator);
        operators.setExposureCap(1_000e18);
    }

    function _expectWhole(CredenceReceipt memory receipt) private {
        bytes32 id = attestations.receiptIdOf(receipt);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.LockWhole.selector, id));
        slashing.slashDishonoured(receipt);
        assertEq(operators.bondOf(operator), BOND);
    }

    function _expectOutOfTime(CredenceReceipt memory receipt, uint256 time, uint256 from, uint256 until) private {
        bytes32 id = attestations.receiptIdOf(receipt);
        vm.warp(time);
        vm.expectRevert(abi.encodeWithSelector(IAttestationRegistry.HonourTime.selector, id, time, from, until));
        slashing.slashDishonoured(receipt);
    }
}

/// @notice Rulings as the DisputeManager records them.
contract RulingTest is SlashingTest {
    uint256 private jobs;

    function setUp() public override {
        super.setUp();
        _setUpOperator();
    }

    function test_FalseAnswerIsRecordedAndJailed() external {
        CredenceReceipt memory receipt = _receipt(1);
        bytes32 key = attestations.receiptIdOf(receipt);
        bytes32 id = _offenceId(ISlashingRegistry.Offence.FalseAnswer, key);
        assertEq(slashing.offenceIdOf(ISlashingRegistry.Offence.FalseAnswer, key), id);
        uint256 from = block.timestamp;
        vm.expectEmit(address(operators));
        emit IOperatorRegistry.OperatorJailedUntil(operator, from, from + 8 days);
        vm.expectEmit(address(slashing));
        emit ISlashingRegistry.Slashed(id, operator, ISlashingRegistry.Offence.FalseAnswer, key, LOCK, disputes);
        _record(receipt, ISlashingRegistry.Offence.FalseAnswer);
        assertTrue(slashing.isSlashed(id));
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 1, 0, from, LOCK);
        // The bond is not what pays for a false answer.
        assertEq(operators.bondOf(operator), BOND);
    }

    function test_TermsDoubleUpToFiftySixDays() external {
        uint16[5] memory terms = [uint16(7 days / 1 days), 14, 28, 56, 56];
        for (uint256 i = 0; i < terms.length; ++i) {
            _assertTermOf(_falseAnswer(), uint256(terms[i]) * 1 days);
            skip(60 days);
        }
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 5, 3, block.timestamp - 60 days, 5 * LOCK);
    }

    function test_RepeatInsideTheJailDoublesToo() external {
        uint256 from = _falseAnswer();
        skip(1 days);
        _falseAnswer();
        assertEq(operators.operator(operator).jailedFrom, from);
        assertEq(operators.operator(operator).jailedUntil, from + 1 days + 15 days);
    }

    function test_TermsStartAnewAfterNinetyDays() external {
        _falseAnswer();
        skip(90 days - 1);
        _assertTermOf(_falseAnswer(), 14 days);
        skip(90 days);
        _assertTermOf(_falseAnswer(), 7 days);
        skip(90 days - 1);
        _assertTermOf(_falseAnswer(), 14 days);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 4, 1, block.timestamp, 4 * LOCK);
    }

    /// @dev One bug is one fault: what was answered before the jail began is recorded, and that is all.
    function test_AnswerFromBeforeTheJailNeitherLengthensNorStartsOne() external {
        CredenceReceipt memory second = _receipt(2);
        CredenceReceipt memory third = _receipt(3);
        skip(1);
        uint256 from = _falseAnswer();
        skip(1 days);
        _record(second, ISlashingRegistry.Offence.FalseAnswer);
        assertEq(operators.operator(operator).jailedUntil, from + 8 days);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 2, 0, from, 2 * LOCK);
        skip(20 days);
        _record(third, ISlashingRegistry.Offence.FalseAnswer);
        assertEq(uint8(operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Active));
        assertEq(operators.operator(operator).jailedUntil, from + 8 days);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 3, 0, from, 3 * LOCK);
    }

    function test_AnswerFromTheSecondTheJailBeganCounts() external {
        CredenceReceipt memory second = _receipt(2);
        uint256 from = _falseAnswer();
        assertEq(second.issuedAt, from);
        _record(second, ISlashingRegistry.Offence.FalseAnswer);
        assertEq(operators.operator(operator).jailedUntil, from + 15 days);
    }

    function test_UnresponsiveIsFourteenDaysHoweverOften() external {
        CredenceReceipt memory earlier = _receipt(1);
        skip(1);
        for (uint256 i = 0; i < 2; ++i) {
            uint256 from = block.timestamp;
            // Silence is a fault of its own: when the answer was given does not matter.
            _record(i == 0 ? _receipt(2) : earlier, ISlashingRegistry.Offence.Unresponsive);
            assertEq(operators.operator(operator).jailedUntil, from + 15 days);
            skip(30 days);
        }
        _assertTally(ISlashingRegistry.Offence.Unresponsive, 2, 0, 0, 2 * LOCK);
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 0, 0, 0, 0);
        // Nor does it count as a repeat of a false answer.
        _assertTermOf(_falseAnswer(), 7 days);
    }

    function test_RevertWhen_AnswerWasPunishedForTheOther() external {
        CredenceReceipt memory receipt = _receipt(1);
        bytes32 key = attestations.receiptIdOf(receipt);
        bytes32 id = slashing.offenceIdOf(ISlashingRegistry.Offence.Unresponsive, key);
        assertEq(id, slashing.offenceIdOf(ISlashingRegistry.Offence.FalseAnswer, key));
        _record(receipt, ISlashingRegistry.Offence.Unresponsive);
        vm.startPrank(disputes);
        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.SlashedAlready.selector, id));
        slashing.recordRuling(receipt, ISlashingRegistry.Offence.FalseAnswer, LOCK);
        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.SlashedAlready.selector, id));
        slashing.recordRuling(receipt, ISlashingRegistry.Offence.Unresponsive, LOCK);
    }

    function test_RevertWhen_OffenceIsNotForARuling() external {
        CredenceReceipt memory receipt = _receipt(1);
        ISlashingRegistry.Offence[2] memory others = [
            ISlashingRegistry.Offence.Equivocation,
            ISlashingRegistry.Offence.Dishonoured
        ];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(disputes);
            vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.OffenceNotRuled.selector, others[i]));
            slashing.recordRuling(receipt, others[i], 0);
        }
    }

    function test_RevertWhen_OtherThanDisputeManagerRecords() external {
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(ISlashingRegistry.NotDisputeManager.selector, owner, disputes));
        slashing.recordRuling(_receipt(1), ISlashingRegistry.Offence.FalseAnswer, 0);
    }

    function testFuzz_OffenceIdsDifferByClassAndKey(bytes32 key, bytes32 other) external view {
        vm.assume(key != other);
        for (uint8 i = 0; i < 4; ++i) {
            bytes32 id = slashing.offenceIdOf(ISlashingRegistry.Offence(i), key);
            assertNotEq(id, slashing.offenceIdOf(ISlashingRegistry.Offence(i), other));
            assertFalse(slashing.isSlashed(id));
            if (i >= 2) assertEq(id, _offenceId(ISlashingRegistry.Offence(i), key));
            else assertEq(id, _offenceId(ISlashingRegistry.Offence.FalseAnswer, key));
        }
    }

    /// @dev Rules on an answer of now, and says when.
    function _falseAnswer() private returns (uint256) {
        _record(_receipt(1_000 + jobs++), ISlashingRegistry.Offence.FalseAnswer);
        return block.timestamp;
    }

    function _assertTermOf(uint256 from, uint256 term) private view {
        assertEq(operators.operator(operator).jailedFrom, from);
        assertEq(operators.operator(operator).jailedUntil, from + term + 1 days);
    }

    function _record(CredenceReceipt memory receipt, ISlashingRegistry.Offence offence) private {
        vm.prank(disputes);
        slashing.recordRuling(receipt, offence, LOCK);
    }
}

/// @notice The same with the DisputeManager and somebody who overturns.
contract AdjudicationTest is SlashingTest {
    function setUp() public override {
        super.setUp();
        _setUpOperator();
    }

    function _overturn(CredenceReceipt memory receipt, ISlashingRegistry.Offence offence) private returns (uint256) {
        vm.prank(replay);
        return protocol.disputes.overturn(receipt, address(this), offence);
    }

    function test_OverturnedAnswerPaysItsBeneficiaryAndJails() external {
        (Batch memory batch, CredenceReceipt[] memory receipts) = _anchor(0, 2);
        attestations.publish(_leaf(batch, receipts, 0), REQUEST, OUTPUT);
        assertEq(_overturn(receipts[0], ISlashingRegistry.Offence.FalseAnswer), LOCK);
        _assertReads(receipts[0], AnswerStatus.Overturned);
        assertEq(_credit(beneficiary), COVERAGE);
        assertEq(_credit(address(this)), (LOCK - COVERAGE) / 2);
        assertEq(_credit(RESERVE), (LOCK - COVERAGE) / 2);
        assertEq(operators.bondOf(operator), BOND);
        assertEq(operators.exposureCap(operator), 100_000e18 - LOCK);
        assertEq(uint8(operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Jailed));
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 1, 0, block.timestamp, LOCK);
    }

    function test_UpheldAnswerIsNoFault() external {
        CredenceReceipt memory receipt = _receipt(1);
        _publishAlone(receipt);
        vm.prank(disputes);
        attestations.hold(receipt);
        vm.prank(disputes);
        attestations.release(receipt, IAttestationRegistry.CaseEnd.Upheld);
        skip(WINDOW);
        _assertReads(receipt, AnswerStatus.Final);
        assertEq(uint8(operators.status(operator)), uint8(IOperatorRegistry.OperatorStatus.Active));
        _assertTally(ISlashingRegistry.Offence.FalseAnswer, 0, 0, 0, 0);
    }

    /// @dev A small slash first does not bar the large one: each offence has its class.
    function test_OneAnswerFalseShortAndContradicted() external {
        vm.prank(address(attestations));
        operators.lowerCap(operator, 100_000e18 - 1e18);
        CredenceReceipt memory receipt = _receipt(1);
        _publishAlone(receipt);
        assertEq(_overturn(receipt, ISlashingRegistry.Offence.Unresponsive), 1e18);
        assertEq(slashing.slashDishonoured(receipt), 2 * (COVERAGE - 0.5e18));
        CredenceReceipt memory other = _receipt(1);
        other.traceRoot = keccak256("another trace");
        bytes memory signature = _signReceipt(other);
        uint256 left = operators.bondOf(operator);
        assertEq(slashing.slashEquivocation(_bare(receipt), "", _bare(other), signature), left);
        assertEq(operators.bondOf(operator), 0);
    }

    /// @dev A liar whose friends are beneficiary and challenger loses at least 40 % of the penalty; here half of it.
    function test_BeneficiaryFriendDoesNotSaveThePenalty() external {
        uint256 before = _wealth(operator) + _wealth(beneficiary);
        CredenceReceipt memory receipt = _receipt(1);
        _publishAlone(receipt);
        _overturn(receipt, ISlashingRegistry.Offence.FalseAnswer);
        uint256 left = _wealth(operator) + _wealth(beneficiary) + _credit(address(this));
        assertEq(before - left, (LOCK - COVERAGE) / 2);
    }
}
