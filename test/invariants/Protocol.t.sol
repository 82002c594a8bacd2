// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAttestationRegistry } from "../../contracts/attestations/IAttestationRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { AnswerStatus, Confidence } from "../../contracts/types/Confidence.sol";
import { Receipt as CredenceReceipt } from "../../contracts/types/Receipt.sol";
import { GovernanceActions } from "./GovernanceActions.sol";

/// @notice The protocol under random action by everybody at once, held against the store after every action. The numbers
/// are those of docs/invariants: 1 to 5, 7 to 9, 11 and 12, as far as these contracts reach.
/// hardhat-config: invariant.failOnRevert = true
contract ProtocolInvariants is GovernanceActions {
    function setUp() public override {
        super.setUp();
        _modules.push(address(protocol.operators));
        _models.push(Model(modelId, WINDOW, PENALTY_BPS, false, false));
        address later = _newModule();
        vm.prank(owner);
        protocol.vault.announceModule(later);
        vm.warp(block.timestamp + 35 days);
        protocol.vault.activateModule(later);
        for (uint256 i = 0; i < SLOTS; ++i) {
            _slots[i] = _newOperator(i);
            _stakeAndOptIn(_slots[i], 5_000e18 * (i + 1) ** 2);
            _registerAs(_slots[i], uint96(4_000e18 * (i + 1)));
            _addSigner(_slots[i], 0);
        }
        address[4] memory others = [stranger, beneficiary, RESERVE, makeAddr("staker")];
        for (uint256 i = 0; i < others.length; ++i) _accounts.push(others[i]);
        _stakeAndOptIn(others[3], 10_000e18);

        targetContract(address(this));
        // What makes and moves answers is drawn twice as often.
        targetSelector(FuzzSelector({ addr: address(this), selectors: _answerActions() }));
        targetSelector(FuzzSelector({ addr: address(this), selectors: _answerActions() }));
        targetSelector(FuzzSelector({ addr: address(this), selectors: _accountActions() }));
    }

    function _answerActions() private pure returns (bytes4[] memory selectors) {
        bytes4[21] memory all = [
            this.warp.selector,
            this.warp.selector,
            this.anchor.selector,
            this.anchor.selector,
            this.publish.selector,
            this.anchorReceipt.selector,
            this.anchorReceipt.selector,
            this.hold.selector,
            this.merge.selector,
            this.merge.selector,
            this.register.selector,
            this.honour.selector,
            this.release.selector,
            this.seize.selector,
            this.sweep.selector,
            this.anchorAgain.selector,
            this.recordRuling.selector,
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
        uint256 owed = _donated;
        for (uint256 i = 0; i < _accounts.length; ++i) {
            IStakeVault.AccountView memory a = protocol.vault.account(_accounts[i]);
            owed += a.active + a.unbonding + a.credit;
            assertEq(token.balanceOf(_accounts[i]), _ledger[_accounts[i]].wallet, "wallet");
        }
        assertEq(token.balanceOf(address(protocol.vault)), owed, "balance of the vault");
    }

    /// @notice 2, 7: stake, credit and every module's lock are what the actions left; locked is their sum, within bonded.
    function invariant_LocksAreCovered() public view {
        for (uint256 i = 0; i < _accounts.length; ++i) {
            address account = _accounts[i];
            IStakeVault.AccountView memory a = protocol.vault.account(account);
            assertEq(a.active, _ledger[account].active, "active");
            assertEq(a.unbonding, _ledger[account].unbonding, "unbonding");
            assertEq(a.credit, _ledger[account].credit, "credit");
            assertEq(a.enrolled, _ledger[account].enrolled, "enrolled");
            uint256 locked = protocol.vault.lockedBy(address(protocol.attestations), account);
            for (uint256 m = 0; m < _modules.length; ++m) {
                uint256 held = protocol.vault.lockedBy(_modules[m], account);
                assertEq(held, _moduleLocks[_modules[m]][account], "lockedBy");
                locked += held;
            }
            assertEq(a.locked, locked, "locked");
            assertLe(a.locked, a.active + a.unbonding, "locked beyond bonded");
        }
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

    function _overturn(uint256 i) private {
        CredenceReceipt memory r = _signed[i].receipt;
        IAttestationRegistry.AnswerView memory a = protocol.attestations.answer(_signed[i].id);
        bool open = a.state == IAttestationRegistry.LockState.InBucket && block.timestamp < a.finalAt;
        if (a.state != IAttestationRegistry.LockState.Held && !open) return;
        (address[] memory to, uint256[] memory amounts) = (new address[](1), new uint256[](1));
        (to[0], amounts[0]) = (r.beneficiary, protocol.attestations.checkReceipt(r).payableNow);
        uint256 before = protocol.vault.account(r.beneficiary).credit;
        vm.prank(disputes);
        assertEq(protocol.attestations.seize(r, to, amounts), a.locked, "taken");
        assertGe(protocol.vault.account(r.beneficiary).credit, before + amounts[0], "beneficiary unpaid");
        if (r.beneficiary != address(0)) assertEq(amounts[0], _coverageOf(a.locked, _signed[i].model), "payable");
    }

    /// @notice 8: past votes and the liability of a signature are what they were.
    function invariant_ThePastStands() public view {
        for (uint256 i = 0; i < _voteSamples.length; ++i) {
            VoteSample storage s = _voteSamples[i];
            uint256 votes =
                s.account == address(0)
                    ? protocol.vault.getPastTotalSupply(s.timepoint)
                    : protocol.vault.getPastVotes(s.account, s.timepoint);
            assertEq(votes, s.votes, "past votes");
        }
        for (uint256 i = 0; i < _liabilitySamples.length; ++i) {
            LiabilitySample storage s = _liabilitySamples[i];
            assertEq(_liable(s.signed), s.holds, "liability");
            assertEq(_signatureHolds(s.signed), s.holds, "liability by the keys");
        }
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
            "anchor,publish,anchorReceipt,anchorReceipt short,honour,merge,merge fills,sweep,hold,release,seize,"
            "recordRuling,slashDishonoured,slashEquivocation,restoreBond,setExposureCap,final"
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

    /// @dev Acts until every named action has succeeded; fails with the name of one that has not after 1,500 steps.
    function _runUntil(bytes4[] memory selectors, string memory names) private {
        string[] memory all = vm.split(names, ",");
        string memory missing = all[0];
        for (uint256 step = 1; bytes(missing).length > 0 && step <= 1_500; ++step) {
            uint256 seed = uint256(keccak256(abi.encode(step)));
            (bool ok, ) = address(this).call(abi.encodeWithSelector(selectors[seed % selectors.length], seed));
            assertTrue(ok, "an action reverted");
            if (step % 100 != 0) continue;
            _checkAll();
            missing = "";
            for (uint256 i = 0; i < all.length; ++i) if (_succeeded[all[i]] == 0) missing = all[i];
        }
        assertEq(missing, "");
    }

    function _checkAll() private {
        invariant_ActionsSucceedWhenTheyMust();
        invariant_BalanceIsStakeAndCredit();
        invariant_LocksAreCovered();
        invariant_LeafLocksAreTheirSum();
        invariant_OpenAnswersCanBePaidAtOnce();
        invariant_ThePastStands();
        invariant_AnswersReadAsRecorded();
    }
}
