// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AnswerHarness } from "./AnswerHarness.sol";

/// @notice The protocol under random action by everybody at once, held against the store after every action. The numbers
/// are those of docs/invariants: 1 to 5, 7 to 9, 11 and 12, as far as these contracts reach.
/// hardhat-config: invariant.failOnRevert = true
contract ProtocolInvariants is AnswerHarness {
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
        _checkLeafLocks();
    }

    /// @notice 4: every open leaf is overturned now, the last or the first one first, and every beneficiary is paid in full.
    function invariant_OpenAnswersCanBePaidAtOnce() public {
        _checkPayable();
    }

    /// @notice 8: past votes and the liability of a signature are what they were.
    function invariant_ThePastStands() public view {
        _checkPast();
    }

    /// @notice 5, 11: answers read as recorded; what is not published is never final, and what was final stays so.
    function invariant_AnswersReadAsRecorded() public view {
        _checkAnswers();
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
