// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { ISlashingRegistry } from "../../contracts/slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { AnswerStatus, Confidence } from "../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { Harness } from "./Harness.sol";

/// @notice The protocol under random action by everybody at once, held against the store after every action. The numbers
/// are those of docs/invariants: 1 to 5, 7 to 9, 11 and 12, as far as these contracts reach.
/// hardhat-config: invariant.failOnRevert = true
contract ProtocolInvariants is Harness {
    function setUp() public override {
        super.setUp();
        targetContract(address(this));
        // What makes and moves answers is drawn twice as often.
        targetSelector(FuzzSelector({ addr: address(this), selectors: _answerActions() }));
        targetSelector(FuzzSelector({ addr: address(this), selectors: _answerActions() }));
        targetSelector(FuzzSelector({ addr: address(this), selectors: _accountActions() }));
    }

    function _answerActions() private pure returns (bytes4[] memory selectors) {
        bytes4[20] memory all = [
            this.warp.selector,
            this.warp.selector,
            this.anchor.selector,
            this.anchor.selector,
            this.publish.selector,
            this.anchorReceipt.selector,
            this.anchorReceipt.selector,
            this.openCase.selector,
            this.merge.selector,
            this.merge.selector,
            this.register.selector,
            this.honour.selector,
            this.settle.selector,
            this.overturn.selector,
            this.sweep.selector,
            this.anchorAgain.selector,
            this.slashDishonoured.selector,
            this.slashEquivocation.selector,
            this.setExposureCap.selector,
            this.restoreBond.selector
        ];
        selectors = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) selectors[i] = all[i];
    }

    function _accountActions() private pure returns (bytes4[] memory selectors) {
        bytes4[27] memory all = [
            this.warp.selector,
            this.warp.selector,
            this.stake.selector,
            this.unstake.selector,
            this.withdraw.selector,
            this.claim.selector,
            this.donate.selector,
            this.optIn.selector,
            this.optOut.selector,
            this.enroll.selector,
            this.unenroll.selector,
            this.register.selector,
            this.addSigner.selector,
            this.revokeSigner.selector,
            this.reportCompromise.selector,
            this.retire.selector,
            this.releaseBond.selector,
            this.pause.selector,
            this.pause.selector,
            this.publishModel.selector,
            this.deprecate.selector,
            this.setMinOperatorStake.selector,
            this.changeModule.selector,
            this.changeModule.selector,
            this.useModule.selector,
            this.useModule.selector,
            this.trespass.selector
        ];
        selectors = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) selectors[i] = all[i];
    }

    /* INVARIANTS */

    /// @notice 12, 9, 7: an action succeeds exactly when the rules say so, paused or not; slashes never revert and take what
    /// they must.
    function invariant_ActionsSucceedWhenTheyMust() public view {
        assertEq(_surprise, "");
    }

    /// @notice 1: what the vault holds is what it owes; no token is made or lost on the way.
    function invariant_BalanceIsStakeAndCredit() public view {
        _checkBalances();
    }

    /// @notice 2, 7: stake, credit and every module's lock are what the actions left; locked is their sum, within bonded.
    function invariant_LocksAreCovered() public view {
        _checkLocks();
    }

    /// @notice 3: attestations locks what open leaves and answers lock, and has the right to no more and no less.
    function invariant_LeafLocksAreTheirSum() public {
        for (uint256 i = 0; i < _accounts.length; ++i) {
            address account = _accounts[i];
            uint256 live = _leafLocks(account);
            address attestations = address(protocol.attestations);
            assertGe(protocol.vault.lockedBy(attestations, account), live, "before the sweep");
            assertEq(protocol.operators.exposureCap(account), _capOf(account), "exposure cap");
            assertEq(protocol.attestations.lockable(account), _available(account), "lockable");
            protocol.attestations.sweep(account);
            assertEq(protocol.vault.lockedBy(attestations, account), live, "after the sweep");
        }
    }

    /// @notice 4: every open leaf is overturned now, the last or the first one first, and every beneficiary is paid in full.
    function invariant_OpenAnswersCanBePaidAtOnce() public {
        uint256 snapshot = vm.snapshotState();
        for (uint256 b = 0; b < _batches.length; ++b) {
            for (uint256 index = 0; index < _batches[b].leaves.length; ++index) _publishOpen(b, index);
        }
        bool backwards = block.timestamp % 2 == 0;
        for (uint256 n = 0; n < _signed.length; ++n) _overturn(backwards ? _signed.length - 1 - n : n);
        for (uint256 i = 0; i < _accounts.length; ++i) {
            IStakeVault.AccountView memory a = protocol.vault.account(_accounts[i]);
            assertLe(a.locked, a.active + a.unbonding, "locked beyond bonded");
        }
        assertTrue(vm.revertToStateAndDelete(snapshot), "snapshot");
    }

    function _publishOpen(uint256 b, uint256 index) private {
        Signed storage s = _signed[_batches[b].leaves[index]];
        if (protocol.attestations.answer(s.id).publishedAt != 0) return;
        if (block.timestamp >= _lockEnd(b) || _void(b, _batches[b].leaves[index])) return;
        bool hidden = _models[s.model].privateInput;
        Confidence memory before = protocol.attestations.check(_leafAt(b, index));
        protocol.attestations.publish(_leafAt(b, index), hidden ? bytes("") : REQUEST, hidden ? bytes("") : s.output);
        Confidence memory c = protocol.attestations.checkReceipt(s.receipt);
        assertEq(c.payableNow, before.payableNow, "publishing changed what is payable");
        if (s.receipt.beneficiary != address(0)) assertEq(c.payableNow, s.receipt.coverage, "payable of a leaf");
    }

    /// @dev By proof, through whatever case is open; what the clock has decided stays decided.
    function _overturn(uint256 i) private {
        CredenceReceipt memory r = _signed[i].receipt;
        IAttestationRegistry.AnswerView memory a = protocol.attestations.answer(_signed[i].id);
        bool held = a.state == IAttestationRegistry.LockState.Held && !_isUnsettled(i);
        bool open = a.state == IAttestationRegistry.LockState.InBucket && block.timestamp < a.finalAt;
        if (!held && !open) return;
        uint256 backed = protocol.attestations.checkReceipt(r).payableNow;
        uint256 before = protocol.vault.account(r.beneficiary).credit;
        vm.prank(replay);
        uint256 taken = protocol.disputes.overturn(r, address(0), ISlashingRegistry.Offence.FalseAnswer);
        assertEq(taken, a.locked, "taken");
        assertGe(protocol.vault.account(r.beneficiary).credit, before + backed, "beneficiary unpaid");
        if (r.beneficiary != address(0)) assertEq(backed, _coverageOf(a.locked, _signed[i].model), "payable");
    }

    /// @notice 8: past votes and the liability of a signature are what they were.
    function invariant_ThePastStands() public view {
        _checkPast();
    }

    /// @notice 5, 11: answers read as recorded; what is not published is never final, and what was final stays so.
    function invariant_AnswersReadAsRecorded() public view {
        for (uint256 i = 0; i < _signed.length; ++i) {
            Confidence memory c = protocol.attestations.checkReceipt(_signed[i].receipt);
            Answer storage a = _answers[i];
            assertEq(c.publishedAt, a.publishedAt, "publishedAt");
            assertEq(c.finalAt, a.finalAt, "finalAt");
            if (a.publishedAt == 0) {
                assertEq(uint8(c.status), uint8(AnswerStatus.Unknown), "status of what is not published");
                continue;
            }
            assertEq(uint8(c.status), uint8(_statusOf(i)), "status");
            assertEq(c.backed, _coverageOf(a.locked, _signed[i].model), "backed");
            bool payable_ = _contestable(i) && _signed[i].receipt.beneficiary != address(0);
            assertEq(c.payableNow, payable_ ? c.backed : 0, "payableNow");
        }
        for (uint256 b = 0; b < _batches.length; ++b) {
            for (uint256 index = 0; index < _batches[b].leaves.length; ++index) _checkLeaf(b, index);
        }
        for (uint256 i = 0; i < _finals.length; ++i) {
            Confidence memory c = protocol.attestations.checkReceipt(_signed[_finals[i]].receipt);
            assertEq(uint8(c.status), uint8(AnswerStatus.Final), "no longer final");
        }
    }

    function _checkLeaf(uint256 b, uint256 index) private view {
        uint256 i = _batches[b].leaves[index];
        if (_answers[i].publishedAt != 0) return;
        AnswerStatus expected = block.timestamp < _lockEnd(b) ? AnswerStatus.Pending : AnswerStatus.Expired;
        if (_recalledAt(i) < _lockEnd(b)) expected = AnswerStatus.Recalled;
        if (_void(b, i)) expected = AnswerStatus.Unknown;
        Confidence memory c = protocol.attestations.check(_leafAt(b, index));
        assertEq(uint8(c.status), uint8(expected), "status of a leaf");
    }

    /* THE HARNESS */

    /// @notice A run is not vacuous: in one fixed sequence everything that can happen to answers happens.
    function test_AnswerActionsSucceed() external {
        _runUntil(
            _answerActions(),
            "anchor,publish,anchorReceipt,anchorReceipt short,honour,merge,merge fills,sweep,openCase,settle,overturn,"
            "slashDishonoured,slashEquivocation,restoreBond,setExposureCap,final"
        );
    }

    /// @notice The same for accounts, operators, modules and governance.
    function test_AccountActionsSucceed() external {
        _runUntil(
            _accountActions(),
            "warp,stake,stakeAndEnroll,unstake,withdraw,claim,optIn,optOut,enroll,unenroll,register,addSigner,"
            "revokeSigner,reportCompromise,retire,releaseBond,pause,resume,while paused,publishModel,deprecate,"
            "setMinOperatorStake,announceModule,activateModule,removeModule,moduleLock,moduleUnlock,moduleSeize"
        );
    }

    function _checkAll() internal override {
        invariant_ActionsSucceedWhenTheyMust();
        invariant_BalanceIsStakeAndCredit();
        invariant_LocksAreCovered();
        invariant_LeafLocksAreTheirSum();
        invariant_OpenAnswersCanBePaidAtOnce();
        invariant_ThePastStands();
        invariant_AnswersReadAsRecorded();
    }
}
